/** After a quick fix: what the user should type over is selected, in its cell. */

import type { Cell } from '@jupyterlab/cells';
import type { Notebook } from '@jupyterlab/notebook';

import type { Form } from '../api/client';

/** A range as an editor counts it: lines and columns from 0. */
type IRange = Parameters<NonNullable<Cell['editor']>['setSelection']>[0];

/** The place of `select` at the end of the lines `source`, the last of them in a cell; null when it is not there. */
export function spanOf(cell: string, source: string, select: string): IRange | null {
  const at = select === '' || !source.endsWith(select) ? -1 : cell.lastIndexOf(source);
  if (at < 0) {
    return null;
  }
  const before = cell.slice(0, at + source.length - select.length).split('\n');
  const line = before.length - 1;
  const column = before[line]?.length ?? 0;
  return { start: { line, column }, end: { line, column: column + select.length } };
}

/** The place that a fix's first edit with something to type over has in a list of cells. */
function placeOf(
  cells: readonly { id: string; source: string }[],
  edit: Form<'Edit'>,
  ids: readonly string[]
): number {
  if (!edit.insert) {
    return cells.findIndex(cell => cell.id === ids[edit.cell]);
  }
  const below = cells.findIndex(cell => cell.id === ids[edit.cell]);
  return (below < 0 ? cells.length : below) - 1;
}

/** Select what a fix wrote for the user to type over; nothing for a fix that wrote nothing such. */
export async function selectOf(notebook: Notebook, fix: Form<'Fix'>, ids: readonly string[]): Promise<void> {
  const edit = fix.edits.find(each => each.select !== '');
  if (edit === undefined) {
    return;
  }
  // The widget of a cell that was inserted comes a moment after the cell.
  await new Promise(resolve => requestAnimationFrame(resolve));
  const cells = notebook.widgets.map(({ model }) => ({
    id: model.id,
    source: model.sharedModel.getSource()
  }));
  const place = placeOf(cells, edit, ids);
  const cell = notebook.widgets[place];
  const span = spanOf(cells[place]?.source ?? '', edit.source, edit.select);
  if (cell === undefined || span === null) {
    return;
  }
  notebook.deselectAll();
  notebook.activeCellIndex = place;
  await notebook.scrollToCell(cell);
  await cell.ready;
  notebook.mode = 'edit';
  cell.editor?.setSelection(span);
  cell.editor?.focus();
}
