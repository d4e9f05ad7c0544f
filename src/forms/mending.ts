/** What the forms of run and promotion do about a finding: they close, show the cell or apply a fix, and come back. */

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import type { IMending } from './parts';

/**
 * Return what can be done about the findings of a notebook.
 *
 * @param leave - closes the form; what it is given happens then.
 * @param again - the command that opened the form, which opens once more after a fix.
 */
export function mendingOf(
  mlops: IMlops,
  path: string,
  again: string,
  leave: (instead: () => Promise<void>) => void
): IMending {
  const { commands } = mlops.app;
  const show = async (cell: number, line: number | null): Promise<void> => {
    await commands.execute(CommandIds.openCell, { path, cell, line });
  };
  return {
    go: ({ cell, line }) => {
      if (cell !== null) {
        leave(() => show(cell, line));
      }
    },
    fix: fix => {
      leave(async () => {
        const cell = fix.edits[0]?.cell ?? 0;
        await show(cell, null);
        const isApplied = await applied(mlops, path, fix);
        await (isApplied ? commands.execute(again, { path }) : undefined);
      });
    }
  };
}

/** How long the notebook's own look is waited for before a fix is given up, in ms. */
const PATIENCE_MS = 5000;

/** Apply a fix once the inspector has looked at the notebook; false when it never did. */
async function applied(mlops: IMlops, path: string, fix: Form<'Fix'>): Promise<boolean> {
  const { inspector } = mlops;
  const isSeen = (): boolean =>
    inspector?.look.path === path && inspector.look.inspection !== null && !inspector.look.isLooking;
  const end = Date.now() + PATIENCE_MS;
  while (inspector !== null && !isSeen() && Date.now() < end) {
    await new Promise(resolve => window.setTimeout(resolve, 50));
  }
  if (inspector === null || !isSeen()) {
    return false;
  }
  inspector.apply(fix);
  return true;
}
