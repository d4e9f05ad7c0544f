import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { ApiError, Client, type Form } from '../../api/client';
import { Live } from '../../api/live';
import { CommandIds } from '../../commands';
import type { IInspector, ILook, IMlops } from '../../context';
import { createSidebar } from '../../views';

type Answers = (path: string) => { status?: number; body: unknown };

const shown: { widget: Widget; live: Live }[] = [];

/** Show the panel against a server that answers so. */
function show(answers: Answers, look: Partial<ILook> = {}) {
  const executed: [string, unknown][] = [];
  const asked: string[] = [];
  const fetch = (request: RequestInfo | URL): Promise<Response> => {
    const path = new URL((request as Request).url).pathname.replace('/mlops/api/v1', '');
    asked.push(path);
    const { status = 200, body } = answers(path);
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  };
  const client = new Client(ServerConnection.makeSettings({ baseUrl: 'http://lab.invalid/', fetch }));
  const source = { events: { stream: new Signal({}) }, connectionFailure: new Signal({}) };
  const live = new Live(source as never, () => client.answer(client.http.GET('/mlops/api/v1/activity')));
  const inspector = {
    look: { path: null, inspection: null, error: null, isLooking: false, ...look },
    apply: vi.fn(),
    refresh: vi.fn()
  };
  const changed = new Signal<IInspector, void>(inspector as never);
  const execute = (id: string, args: unknown) => {
    executed.push([id, args]);
    return Promise.resolve();
  };
  const mlops: IMlops = {
    app: { commands: { execute } } as unknown as JupyterFrontEnd,
    client,
    live,
    trans: nullTranslator.load('jupyter_mlops'),
    state: null,
    rendermime: null,
    inspector: { ...inspector, changed } as unknown as IInspector
  };
  const widget = createSidebar(mlops);
  Widget.attach(widget, document.body);
  shown.push({ widget, live });
  return { node: widget.node, executed, asked, inspector, live };
}

afterEach(() => {
  for (const { widget, live } of shown.splice(0)) {
    widget.dispose();
    live.dispose();
  }
});

const EMPTY: Answers = path =>
  path === '/runs'
    ? { body: { runs: [], next_cursor: null } }
    : path === '/jobs'
      ? { body: { jobs: [] } }
      : path === '/models'
        ? { body: { models: [] } }
        : path === '/deployments'
          ? { body: { deployments: [] } }
          : { body: { queued: 0, running: 0, last_event: 0 } };

function click(node: HTMLElement, text: string): void {
  const button = [...node.querySelectorAll('button')].find(each => each.textContent.includes(text));
  expect(button, text).toBeDefined();
  button?.click();
}

const STEP = {
  inputs: {},
  outputs: [],
  parameters: [],
  options: { retry: 0, timeout_s: null, cache: false, limits: {} },
  fingerprint: ''
};
const INSPECTION: Form<'Inspection'> = {
  path: 'a.ipynb',
  pipeline: {
    name: 'a',
    steps: [
      { ...STEP, name: 'load', cells: [1], after: [] },
      { ...STEP, name: 'fit', cells: [3], after: ['load'] }
    ],
    parameters: []
  },
  cells: [{ index: 1, role: 'step', step: 'load', is_tagged: true, options: [], is_left_out: false }],
  findings: [
    {
      code: 'name.unknown',
      severity: 'error',
      cell: 3,
      cell_number: 4,
      line: 2,
      message: 'step "fit" reads <b>threshold</b>',
      hint: 'define it',
      ignored: false,
      ignored_by: '',
      fixes: [{ title: 'Make it a parameter', edits: [] }]
    }
  ]
};

describe('the panel', () => {
  it('leads from nothing to an example, and says what each empty list is for', async () => {
    const { node, executed } = show(EMPTY);
    await vi.waitFor(() => {
      expect(node.textContent).toContain('No runs yet');
      expect(node.textContent).toContain('No jobs yet');
    });
    expect([...node.querySelectorAll('section')].map(each => each.dataset.section)).toEqual([
      'pipeline',
      'jobs',
      'runs',
      'models',
      'deployments'
    ]);
    click(node, 'Open an example');
    expect(executed).toEqual([[CommandIds.openExample, undefined]]);
  });

  it('says in one line that the server extension is missing', async () => {
    const { node } = show(() => ({ status: 404, body: { message: 'not found' } }));
    await vi.waitFor(() => {
      expect(node.querySelector('[role=alert]')?.textContent).toContain('does not have the extension');
    });
    expect(node.querySelector('section')).toBeNull();
  });

  it('says what failed, and asks again', async () => {
    let isBroken = true;
    const { node } = show(path =>
      path === '/jobs' && isBroken
        ? {
            status: 409,
            body: { code: 'store.busy', message: 'the store is busy', hint: 'wait', findings: [] }
          }
        : EMPTY(path)
    );
    await vi.waitFor(() => {
      expect(node.textContent).toContain('the store is busy');
    });
    isBroken = false;
    click(node, 'Retry');
    await vi.waitFor(() => {
      expect(node.textContent).toContain('No jobs yet');
    });
  });

  it('shows the pipeline with its findings as text, fixes them, jumps and runs', async () => {
    const { node, executed, inspector } = show(EMPTY, { path: 'a.ipynb', inspection: INSPECTION });
    await vi.waitFor(() => {
      expect(node.textContent).toContain('2 steps · 0 parameters');
    });
    expect(node.querySelector('.jp-MlopsFinding')?.textContent).toContain('reads <b>threshold</b>');
    click(node, 'Make it a parameter');
    expect(inspector.apply).toHaveBeenCalledWith(INSPECTION.findings[0]?.fixes[0]);
    click(node, 'cell 4');
    click(node, 'Run…');
    click(node, 'Promote…');
    expect(executed).toEqual([
      [CommandIds.openCell, { path: 'a.ipynb', cell: 3, line: 2 }],
      [CommandIds.runNotebook, { path: 'a.ipynb' }],
      [CommandIds.promoteNotebook, { path: 'a.ipynb' }]
    ]);
  });

  it('offers nothing to run where there is no code, and says so once', async () => {
    const findings: Form<'Finding'>[] = [
      {
        code: 'notebook.no_code',
        severity: 'warning',
        cell: null,
        cell_number: null,
        line: null,
        message: 'notebook `a.ipynb` has no step with code to run',
        hint: 'write a code cell',
        ignored: false,
        ignored_by: '',
        fixes: []
      }
    ];
    // So does the server see a notebook without code: as one step of no cells.
    const pipeline = { ...INSPECTION.pipeline, steps: [{ ...STEP, name: 'main', cells: [], after: [] }] };
    const inspection = { ...INSPECTION, pipeline, cells: [], findings };
    const { node } = show(EMPTY, { path: 'a.ipynb', inspection });
    await vi.waitFor(() => {
      expect(node.textContent).toContain('There is no code to run in this notebook yet.');
    });
    expect(node.querySelector('.react-flow, .jp-MlopsFinding')).toBeNull();
    expect(node.textContent).not.toContain('one step');
    const buttons = [...node.querySelectorAll<HTMLButtonElement>('.jp-MlopsPipeline-actions button')];
    expect(buttons.map(button => button.disabled)).toEqual([true, true]);
  });

  it('shows what stands in backticks in an error as code', async () => {
    const hint = 'only `Python` notebooks';
    const error = new ApiError(400, 'notebook.language', 'notebook `r.ipynb` is written in r', hint, []);
    const { node } = show(EMPTY, { path: 'r.ipynb', error });
    await vi.waitFor(() => {
      expect([...node.querySelectorAll('[role=alert] code')].map(each => each.textContent)).toEqual([
        'r.ipynb',
        'Python'
      ]);
    });
  });

  it('says in one line what is empty, and opens it', async () => {
    const { node } = show(EMPTY);
    await vi.waitFor(() => {
      expect(node.textContent).toContain('No jobs yet');
    });
    const jobs = node.querySelector<HTMLElement>('[data-section=jobs]') ?? node;
    const isOpen = (): string | null | undefined =>
      jobs.querySelector('[aria-expanded]')?.getAttribute('aria-expanded');
    expect(isOpen()).toBe('false');
    click(jobs, 'Jobs');
    await vi.waitFor(() => {
      expect(isOpen()).toBe('true');
    });
    click(jobs, 'Jobs');
    await vi.waitFor(() => {
      expect(isOpen()).toBe('false');
    });
  });
});
