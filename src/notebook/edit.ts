/**
 * Changes of a notebook: each is one transaction of the shared document, so that one undo takes back all of it, and
 * whoever else edits the document sees all of it at once.
 *
 * JupyterLab's own `setMetadata` leaves no trace in the undo history; inside a transaction that does, it does too.
 */

import type { ISharedCell, ISharedNotebook } from '@jupyter/ydoc';

import type { Form } from '../api/client';
import { listOf } from './tags';

/** The part of a shared document that keeps its history; it is there, but not in the interface. */
interface IHistory {
  readonly undoManager?: { stopCapturing(): void };
}

/** Make changes that one undo takes back, apart from what was typed just before and after. */
function atOnce(notebook: ISharedNotebook, change: () => void): void {
  const { undoManager } = notebook as IHistory;
  undoManager?.stopCapturing();
  notebook.transact(change, true);
  undoManager?.stopCapturing();
}

function setTags(cell: ISharedCell, tags: unknown[]): void {
  if (tags.length > 0) {
    cell.setMetadata('tags', tags as string[]);
  } else {
    cell.deleteMetadata('tags');
  }
}

/**
 * Change the tags of cells; return whether any of them changed.
 *
 * @param change - gives the new list of tags for the value of a cell's `metadata.tags`, and the cell.
 */
export function changeTags(
  notebook: ISharedNotebook,
  cells: readonly ISharedCell[],
  change: (tags: unknown, cell: ISharedCell) => unknown[]
): boolean {
  const changes = cells
    .map(cell => ({ cell, tags: cell.getMetadata('tags'), made: change(cell.getMetadata('tags'), cell) }))
    .filter(({ tags, made }) => JSON.stringify(listOf(tags)) !== JSON.stringify(made));
  if (changes.length > 0) {
    atOnce(notebook, () => {
      for (const { cell, made } of changes) {
        setTags(cell, made);
      }
    });
  }
  return changes.length > 0;
}

/**
 * Apply a quick fix; return false, and change nothing, when a cell that it speaks of is gone.
 *
 * @param ids - the ids of the cells that its edits count.
 */
export function applyFix(notebook: ISharedNotebook, fix: Form<'Fix'>, ids: readonly string[]): boolean {
  const places = new Map(notebook.cells.map((cell, index) => [cell.getId(), index]));
  const edits = fix.edits.map(edit => {
    const id = ids[edit.cell];
    // A cell is inserted before the one that is counted; after the last one when there is none.
    const isAtEnd = edit.insert && edit.cell === ids.length;
    return { edit, place: isAtEnd ? notebook.cells.length : id === undefined ? undefined : places.get(id) };
  });
  const sound = edits.filter(
    (each): each is { edit: Form<'Edit'>; place: number } => each.place !== undefined
  );
  if (sound.length < edits.length) {
    return false;
  }
  const changes = sound.filter(({ edit }) => !edit.insert);
  const inserts = sound.filter(({ edit }) => edit.insert).sort((a, b) => b.place - a.place);
  const changed = changes.map(({ edit, place }) => ({ edit, cell: notebook.getCell(place) }));
  atOnce(notebook, () => {
    for (const { edit, cell } of changed) {
      changeCell(cell, edit);
    }
    for (const { edit, place } of inserts) {
      const tags = edit.add_tags.length > 0 ? { tags: edit.add_tags } : {};
      notebook.insertCell(place, {
        cell_type: 'code',
        // As JupyterLab marks the cells that it makes itself.
        metadata: { trusted: true, ...tags },
        source: edit.source,
        outputs: [],
        execution_count: null
      });
    }
  });
  return true;
}

function changeCell(cell: ISharedCell, edit: Form<'Edit'>): void {
  const tags = cell.getMetadata('tags');
  const kept = listOf(tags).filter(tag => !edit.remove_tags.includes(tag as string));
  const made = [...kept, ...edit.add_tags.filter(tag => !kept.includes(tag))];
  if (JSON.stringify(made) !== JSON.stringify(listOf(tags))) {
    setTags(cell, made);
  }
  if (edit.source !== '' && edit.line !== null) {
    putAbove(cell, edit.line, edit.source);
  } else if (edit.source !== '') {
    const source = cell.getSource();
    const lines = source === '' || source.endsWith('\n') ? edit.source : `\n${edit.source}`;
    cell.updateSource(source.length, source.length, lines);
  }
}

/** Put lines above a line of a cell (from 1), indented like it. */
function putAbove(cell: ISharedCell, line: number, text: string): void {
  const lines = cell.getSource().split('\n');
  const start = lines.slice(0, line - 1).reduce((length, each) => length + each.length + 1, 0);
  const indent = /^\s*/.exec(lines[line - 1] ?? '')?.[0] ?? '';
  cell.updateSource(start, start, `${indent}${text}\n`);
}
