/** The width of the sidebar when our panel is first shown in it; afterwards it is the user's own. */

import type { IStateDB } from '@jupyterlab/statedb';
import { SplitPanel, type Widget } from '@lumino/widgets';

/** What the panel wants, in px. */
export const WANTED_PX = 320;
/** What is left of the page beside it, at least. */
const BESIDE_PX = 560;
const KEY = 'jupyter-mlops:width';

/** The shares of the parts of a split when the first gets `WANTED_PX` from the second; null when nothing changes. */
export function widened(shares: readonly number[], total: number): number[] | null {
  const [first = 0, second = 0, ...others] = shares;
  const wanted = WANTED_PX / Math.max(1, total);
  const isRoom = total - WANTED_PX >= BESIDE_PX && second > wanted - first;
  return shares.length < 2 || first >= wanted || !isRoom
    ? null
    : [wanted, second - (wanted - first), ...others];
}

/** Widen the sidebar around a panel that is shown, once for all; nothing in a lab without a split. */
export async function widenOnce(panel: Widget, state: IStateDB | null): Promise<void> {
  if (state === null || (await state.fetch(KEY)) !== undefined || panel.isDisposed) {
    return;
  }
  await state.save(KEY, true);
  for (let at = panel.parent; at !== null; at = at.parent) {
    if (at instanceof SplitPanel && at.orientation === 'horizontal') {
      const shares = widened(at.relativeSizes(), at.node.clientWidth);
      if (shares !== null) {
        at.setRelativeSizes(shares);
      }
      return;
    }
  }
}
