import { YNotebook } from '@jupyter/ydoc';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError, type Client, type Form } from '../api/client';
import type { Live } from '../api/live';
import { Badge } from '../notebook/badges';
import { Inspector } from '../notebook/inspector';
import { Markers } from '../notebook/markers';
import { CellSettings } from '../notebook/settings';

const owner = {};
const trans = nullTranslator.load('jupyterlab');

function panelOf(path: string, ...sources: string[]): { panel: NotebookPanel; book: YNotebook } {
  const book = YNotebook.create({
    disableDocumentWideUndoRedo: true,
    data: {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {},
      cells: sources.map((source, index) => ({
        cell_type: 'code',
        id: `c${index}`,
        metadata: {},
        source,
        outputs: [{ output_type: 'stream', name: 'stdout', text: 'heavy' }],
        execution_count: 1
      }))
    }
  });
  const context = {
    path,
    isReady: true,
    ready: Promise.resolve(),
    pathChanged: new Signal(owner),
    saveState: new Signal(owner),
    sessionContext: { isReady: true, kernelPreference: {}, session: null, kernelChanged: new Signal(owner) },
    model: { sharedModel: book, readOnly: false }
  };
  return { panel: { context, isDisposed: false } as unknown as NotebookPanel, book };
}

/** An inspector whose requests are answered by hand. */
function make() {
  const asked: { body: { path: string; notebook: Record<string, unknown> }; signal: AbortSignal }[] = [];
  const answers: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = [];
  const client = {
    http: { POST: (_: string, init: (typeof asked)[number]) => asked.push(init) },
    answer: () => new Promise((resolve, reject) => answers.push({ resolve, reject }))
  };
  const tracker = {
    currentWidget: null as NotebookPanel | null,
    currentChanged: new Signal<object, unknown>(owner)
  };
  const live = { reach: 'answers', stateChanged: new Signal<object, void>(owner) };
  const onStale = vi.fn();
  const inspector = new Inspector({
    tracker: tracker as unknown as INotebookTracker,
    client: client as unknown as Client,
    live: live as unknown as Live,
    settings: new CellSettings(),
    localPath: path => path.replace('drive:', ''),
    onStale
  });
  const show = async (panel: NotebookPanel | null): Promise<void> => {
    tracker.currentWidget = panel;
    tracker.currentChanged.emit(panel);
    await vi.advanceTimersByTimeAsync(1);
  };
  return { inspector, asked, answers, show, live, onStale };
}

const inspection = (name: string): Form<'Inspection'> => ({
  path: name,
  cells: [],
  findings: [],
  pipeline: { name, steps: [], parameters: [] }
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the inspector', () => {
  it('sends the notebook without outputs, after a pause in the typing', async () => {
    const { inspector, asked, answers, show } = make();
    const { panel, book } = panelOf('drive:a.ipynb', 'x = 1');
    await show(panel);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body.path).toBe('a.ipynb');
    expect(JSON.stringify(asked[0]?.body)).not.toContain('heavy');
    answers[0]?.resolve(inspection('first'));
    await vi.advanceTimersByTimeAsync(0);
    expect(inspector.look).toMatchObject({ path: 'a.ipynb', isLooking: false, error: null });

    for (const letter of 'typing') {
      book.getCell(0).updateSource(0, 0, letter);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toHaveLength(2);
    expect(inspector.look.inspection?.path).toBe('first');
  });

  it('asks again for a notebook that takes long to read, and says so in the end', async () => {
    const { inspector, asked, answers, show } = make();
    await show(panelOf('a.ipynb', 'x').panel);
    const tooLong = new ApiError(202, 'notebook.too_long', 'reading `a.ipynb` takes longer than 1.8 s');
    answers[0]?.reject(tooLong);
    await vi.advanceTimersByTimeAsync(0);
    expect(inspector.look).toMatchObject({ isLooking: true, error: null });
    await vi.advanceTimersByTimeAsync(2000);
    expect(asked).toHaveLength(2);
    answers[1]?.resolve(inspection('read'));
    await vi.advanceTimersByTimeAsync(0);
    expect(inspector.look).toMatchObject({ isLooking: false, error: null });

    inspector.refresh();
    await vi.advanceTimersByTimeAsync(1);
    for (let time = 2; time < 13; time++) {
      answers[time]?.reject(tooLong);
      await vi.advanceTimersByTimeAsync(2000);
    }
    expect(asked).toHaveLength(13);
    expect(inspector.look).toMatchObject({ isLooking: false, error: tooLong });
  });

  it('drops the answers of yesterday', async () => {
    const { inspector, asked, answers, show } = make();
    const { panel } = panelOf('a.ipynb', 'x');
    await show(panel);
    inspector.refresh();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked[0]?.signal.aborted).toBe(true);
    answers[1]?.resolve(inspection('new'));
    answers[0]?.resolve(inspection('old'));
    await vi.advanceTimersByTimeAsync(0);
    expect(inspector.look.inspection?.path).toBe('new');

    inspector.refresh();
    await vi.advanceTimersByTimeAsync(1);
    await show(panelOf('b.ipynb', 'y').panel);
    answers[2]?.resolve(inspection('of a'));
    await vi.advanceTimersByTimeAsync(0);
    expect(inspector.look).toMatchObject({ path: 'b.ipynb', inspection: null });
    await show(null);
    expect(inspector.look).toEqual({ path: null, inspection: null, error: null, isLooking: false });
  });

  it('keeps what it knew when the server fails, and asks again when it answers', async () => {
    const { inspector, asked, answers, show, live } = make();
    await show(panelOf('a.ipynb', 'x').panel);
    answers[0]?.resolve(inspection('known'));
    await vi.advanceTimersByTimeAsync(0);
    inspector.refresh();
    await vi.advanceTimersByTimeAsync(1);
    answers[1]?.reject(new ApiError(0, 'server.unreachable', 'gone'));
    await vi.advanceTimersByTimeAsync(0);
    expect(inspector.look.inspection?.path).toBe('known');
    expect(inspector.look.error?.message).toBe('gone');
    live.stateChanged.emit();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(3);
  });

  it('asks no more where there is no extension', async () => {
    const { asked, answers, show } = make();
    const { panel, book } = panelOf('a.ipynb', 'x');
    await show(panel);
    answers[0]?.reject(new ApiError(404, 'server.missing', 'no'));
    await vi.advanceTimersByTimeAsync(0);
    book.getCell(0).updateSource(0, 0, 'y');
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toHaveLength(1);
  });

  it('says so when a fix does not fit, and lets go of everything at its end', async () => {
    const { inspector, asked, show, onStale } = make();
    const { panel, book } = panelOf('a.ipynb', 'x');
    await show(panel);
    const edit = {
      cell: 0,
      add_tags: ['skip'],
      remove_tags: [],
      insert: false,
      source: '',
      line: null,
      select: ''
    };
    inspector.apply({ title: 'Skip', edits: [edit] });
    expect(onStale).toHaveBeenCalledOnce();
    const before = asked.length;
    inspector.dispose();
    book.getCell(0).updateSource(0, 0, 'y');
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toHaveLength(before);
  });
});

describe('what is drawn on a cell', () => {
  const attack = '<img src=x onerror="window.hit=1">`<b>`';

  it('is text, whatever a name is', () => {
    const cell = document.createElement('div');
    const badge = new Badge(() => undefined);
    const part = {
      role: 'step',
      step: attack,
      word: 'step',
      options: ['retry:2'],
      isTagged: true,
      isByLine: false,
      kept: null,
      color: 3
    } as const;
    badge.draw(cell, part, trans);
    expect(cell.querySelector('img, b')).toBeNull();
    expect(badge.pill.textContent).toBe(`${attack}retry 2`);
    expect(badge.pill.classList.contains('jp-mod-mlopsColor3')).toBe(true);
    badge.remove(cell);
    expect(cell.outerHTML).toBe('<div class=""></div>');
  });

  it('is a list of findings, errors first, told by word and sign, with buttons', () => {
    const cell = document.createElement('div');
    cell.innerHTML = '<div class="jp-Cell-inputWrapper"></div><div class="jp-Cell-outputWrapper"></div>';
    const markers = new Markers();
    const apply = vi.fn();
    const fix = { title: attack, edits: [] };
    const finding = {
      code: 'x',
      cell: 0,
      cell_number: 1,
      line: null,
      hint: attack,
      ignored: false,
      ignored_by: '',
      fixes: [fix]
    };
    const findings = [
      { ...finding, severity: 'error' as const, message: 'let through', ignored: true, fixes: [] },
      { ...finding, severity: 'hint' as const, message: 'third' },
      { ...finding, severity: 'warning' as const, message: 'second' },
      { ...finding, severity: 'error' as const, message: attack, line: 2 }
    ];
    markers.draw(cell, findings, { trans, isReadOnly: false, apply });
    expect(cell.children[1]).toBe(markers.node);
    expect(cell.querySelector('img, b')).toBeNull();
    const words = [...cell.querySelectorAll('.jp-MlopsMarker-word')].map(node => node.textContent);
    expect(words).toEqual(['Error', 'Warning', 'Hint', 'Ignored']);
    const signs = [...cell.querySelectorAll('.jp-MlopsMarker-sign')].map(node => node.textContent);
    expect(new Set(signs).size).toBe(4);
    expect(cell.classList.contains('jp-mod-mlopsError')).toBe(true);
    cell.querySelector('button')?.click();
    expect(apply).toHaveBeenCalledExactlyOnceWith(fix);
    const [first] = markers.node.children;
    markers.draw(cell, findings, { trans, isReadOnly: false, apply });
    expect(markers.node.children[0]).toBe(first);
    markers.draw(cell, findings.slice(0, 2), { trans, isReadOnly: false, apply });
    expect(cell.className, 'neither a hint nor what is ignored colours the cell').toBe('');
    markers.remove(cell);
    expect(cell.className).toBe('');
  });
});
