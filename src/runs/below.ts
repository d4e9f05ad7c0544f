/** Pages below a document: where the main area holds one widget, as in Notebook 7, they are tabs of the area `down`. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { SplitPanel, TabPanel, type Widget } from '@lumino/widgets';

/** How much of the height the document and the pages below it get at first. */
const HEIGHTS = [2, 3];

/** Show a page that is in the area `down` of a shell, or put it there. */
export function showBelow(shell: JupyterFrontEnd.IShell, page: Widget): void {
  const isFirst = !page.isAttached && [...shell.widgets('down')].length === 0;
  if (!page.isAttached) {
    shell.add(page, 'down');
  }
  shell.activateById(page.id);
  // The shell shows the area, but neither turns to the tab nor gives the area a height.
  const tabs = page.parent?.parent;
  if (tabs instanceof TabPanel) {
    tabs.currentWidget = page;
    page.title.className = 'jp-MlopsTab';
    if (isFirst && tabs.parent instanceof SplitPanel) {
      tabs.parent.setRelativeSizes(HEIGHTS);
    }
  }
}
