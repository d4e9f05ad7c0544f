import { YNotebook } from '@jupyter/ydoc';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { applyFix, changeTags } from '../notebook/edit';
import { setRole, setStep } from '../notebook/tags';

// Yjs warns of what YNotebook does itself while it makes cells.
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

function book(...cells: [source: string, tags?: string[]][]): YNotebook {
  const made = YNotebook.create({
    // As JupyterLab makes it: every cell has a history of its own, the document has one of its cells.
    disableDocumentWideUndoRedo: true,
    data: {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {},
      cells: cells.map(([source, tags], index) => ({
        cell_type: 'code',
        id: `c${index}`,
        metadata: tags ? { tags, mine: 1 } : {},
        source,
        outputs: [],
        execution_count: null
      }))
    }
  });
  made.clearUndoHistory();
  return made;
}

const tagsOf = (notebook: YNotebook): unknown[] => notebook.cells.map(cell => cell.getMetadata('tags'));
const sourcesOf = (notebook: YNotebook): string[] => notebook.cells.map(cell => cell.getSource());

describe('changing tags', () => {
  it('is one step of the history for all cells, apart from what was typed around it', () => {
    const notebook = book(['x = 1'], ['y = 2', ['mine']]);
    notebook.transact(() => {
      notebook.getCell(0).updateSource(5, 5, '0');
    });
    const events: unknown[] = [];
    notebook.ydoc.on('afterTransaction', () => events.push(1));
    expect(changeTags(notebook, notebook.cells, tags => setStep(tags, 'a'))).toBe(true);
    expect(events).toHaveLength(1);
    notebook.transact(() => {
      notebook.getCell(0).updateSource(0, 0, '# ');
    });
    expect(tagsOf(notebook)).toEqual([['step:a'], ['mine', 'step:a']]);

    notebook.undo();
    expect(sourcesOf(notebook)[0]).toBe('x = 10');
    notebook.undo();
    expect(tagsOf(notebook)).toEqual([undefined, ['mine']]);
    expect(sourcesOf(notebook)[0]).toBe('x = 10');
    notebook.redo();
    expect(tagsOf(notebook)).toEqual([['step:a'], ['mine', 'step:a']]);
    expect(notebook.getCell(1).getMetadata('mine')).toBe(1);
    expect(notebook.dirty).toBe(true);
  });

  it('leaves no empty list, and no step in the history when nothing changes', () => {
    const notebook = book(['x', ['step:a']]);
    expect(changeTags(notebook, notebook.cells, tags => setRole(tags, null))).toBe(true);
    expect(tagsOf(notebook)).toEqual([undefined]);
    notebook.undo();
    notebook.clearUndoHistory();
    expect(changeTags(notebook, notebook.cells, tags => setStep(tags, 'a'))).toBe(false);
    expect(notebook.canUndo()).toBe(false);
  });

  it('mends a value that is no list of tags', () => {
    const notebook = book(['x']);
    notebook.getCell(0).setMetadata('tags', 'step:a');
    changeTags(notebook, notebook.cells, tags => setStep(tags, 'b'));
    expect(tagsOf(notebook)).toEqual([['step:b']]);
  });
});

describe('applying a fix', () => {
  const edit = { add_tags: [], remove_tags: [], insert: false, source: '', line: null, select: '' };

  it('makes all edits at once, counted as the cells were when they were looked at', () => {
    const notebook = book(['a'], ['b', ['x', 'step:b']], ['']);
    const ids = ['c0', 'c1', 'c2'];
    notebook.insertCell(0, { cell_type: 'code', id: 'new', source: 'new' });
    notebook.clearUndoHistory();
    const fix = {
      title: 'Mend',
      edits: [
        { ...edit, cell: 1, insert: true, source: 'first', add_tags: ['parameters'] },
        { ...edit, cell: 1, insert: true, source: 'second' },
        { ...edit, cell: 1, remove_tags: ['step:b'], add_tags: ['step:c', 'x'] },
        { ...edit, cell: 0, source: 'end' },
        { ...edit, cell: 2, source: 'end' },
        { ...edit, cell: 3, insert: true, source: 'last' }
      ]
    };
    expect(applyFix(notebook, fix, ids)).toBe(true);
    expect(sourcesOf(notebook)).toEqual(['new', 'a\nend', 'second', 'first', 'b', 'end', 'last']);
    expect(tagsOf(notebook)).toEqual([
      undefined,
      undefined,
      undefined,
      ['parameters'],
      ['x', 'step:c'],
      undefined,
      undefined
    ]);
    notebook.undo();
    expect(sourcesOf(notebook)).toEqual(['new', 'a', 'b', '']);
    expect(tagsOf(notebook)[2]).toEqual(['x', 'step:b']);
    expect(notebook.canUndo()).toBe(false);
  });

  it.each([
    [1, '# c\nif a:\n    b\n'],
    [2, 'if a:\n    # c\n    b\n'],
    [3, 'if a:\n    b\n# c\n']
  ])('puts a line above line %d, indented like it', (line, expected) => {
    const notebook = book(['if a:\n    b\n']);
    const fix = { title: 'Ignore', edits: [{ ...edit, cell: 0, source: '# c', line }] };
    expect(applyFix(notebook, fix, ['c0'])).toBe(true);
    expect(sourcesOf(notebook)).toEqual([expected]);
    notebook.undo();
    expect(sourcesOf(notebook)).toEqual(['if a:\n    b\n']);
  });

  it.each([[[]], [['c0', 'gone']]])('changes nothing when a cell is gone (%j)', ids => {
    const notebook = book(['a'], ['b']);
    const fix = {
      title: 'Mend',
      edits: [
        { ...edit, cell: 0, source: 'x' },
        { ...edit, cell: 1, source: 'y' }
      ]
    };
    expect(applyFix(notebook, fix, ids)).toBe(false);
    expect(sourcesOf(notebook)).toEqual(['a', 'b']);
  });
});
