/** Opening a notebook at a cell. */

import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { IMlops } from '../context';
import { cellText } from '../ui/cells';

/** Where to go: `cell` from 0, `line` from 1. */
export interface IPlace {
  readonly path: string;
  readonly cell: number;
  readonly line: number | null;
}

/** Read the arguments of the command, which anybody may have written; null when they name no place. */
export function placeIn(args: Readonly<Record<string, unknown>>): IPlace | null {
  const { path, cell, line } = args;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof path !== 'string' || path === '' || !isCount(cell)) {
    return null;
  }
  return { path, cell, line: isCount(line) && line > 0 ? line : null };
}

/** Open a notebook, scroll to a cell, select it, and put the cursor on a line of it. */
export async function openPlace(
  mlops: IMlops,
  tracker: INotebookTracker,
  documents: IDocumentManager | null,
  place: IPlace
): Promise<void> {
  const { app, trans } = mlops;
  const panel = await panelOf(mlops, tracker, documents, place.path);
  if (panel === null) {
    return;
  }
  await panel.context.ready;
  app.shell.activateById(panel.id);
  await panel.revealed;
  const { content } = panel;
  const cell = content.widgets[place.cell];
  if (cell === undefined) {
    const name = place.path.split('/').pop() ?? place.path;
    Notification.warning(trans.__('%1 has no %2 any more.', name, cellText(trans, place.cell)), {
      autoClose: 6000
    });
    return;
  }
  content.deselectAll();
  content.mode = 'command';
  content.activeCellIndex = place.cell;
  await content.scrollToCell(cell, 'smart');
  await cell.ready;
  const editor = cell.editor;
  if (place.line !== null && editor !== null && cell.model.type === 'code' && !cell.inputHidden) {
    content.mode = 'edit';
    const position = { line: Math.min(place.line, editor.lineCount) - 1, column: 0 };
    editor.setCursorPosition(position);
    editor.focus();
    await bringIntoSight(cell, () => editor.getCoordinateForPosition(position)?.top ?? null);
  } else {
    content.activate();
    await bringIntoSight(cell, () => cell.node.getBoundingClientRect().top);
  }
}

/** How many frames the sizes of cells that come into sight may take to settle. */
const FRAMES = 30;

/** Scroll the notebook until a height in a cell is in sight, and stays there for some frames. */
async function bringIntoSight(cell: Cell, heightOf: () => number | null): Promise<void> {
  const scroller = cell.node.closest('.jp-WindowedPanel-outer');
  let still = 0;
  for (let frame = 0; scroller && frame < FRAMES && still < 5; frame += 1) {
    await new Promise(resolve => requestAnimationFrame(resolve));
    const height = cell.isDisposed ? null : heightOf();
    if (height === null) {
      return;
    }
    const { top, bottom } = scroller.getBoundingClientRect();
    const margin = Math.min(40, (bottom - top) / 4);
    const isInSight = height >= top + margin && height <= bottom - margin;
    still = isInSight ? still + 1 : 0;
    if (!isInSight) {
      scroller.scrollTop += height - (top + bottom) / 2;
    }
  }
}

/** The panel of a notebook, opened when it is not; null when there is no such file, which the user is told. */
async function panelOf(
  mlops: IMlops,
  tracker: INotebookTracker,
  documents: IDocumentManager | null,
  path: string
): Promise<NotebookPanel | null> {
  const { contents } = mlops.app.serviceManager;
  const isIt = (panel: NotebookPanel): boolean => contents.localPath(panel.context.path) === path;
  const current = tracker.currentWidget;
  const open = current && isIt(current) ? current : tracker.find(isIt);
  if (open) {
    return open;
  }
  const isThere = await contents.get(path, { content: false }).then(
    () => true,
    () => false
  );
  if (!isThere) {
    Notification.warning(mlops.trans.__('The notebook %1 is not there any more.', path), { autoClose: 6000 });
    return null;
  }
  // Where documents open in windows of their own, as in Notebook 7, there is no panel to go on with.
  const opened = documents?.openOrReveal(path, 'Notebook');
  return opened && tracker.has(opened) ? (opened as NotebookPanel) : null;
}
