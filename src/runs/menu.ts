/** The menu of a row in the list of runs, and of several selected rows. */

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { loadViews } from '../ui/lazy';
import type { IEntry } from '../ui/menu';
import { waiting } from '../ui/waiting';
import { isActive } from './row';

type Row = Form<'RunRow'>;

/** How many runs are compared at most. */
export const MOST = 10;

/** What can be done with the rows: one has all verbs, several can be compared. */
export function entriesOf(mlops: IMlops, rows: readonly Row[]): (IEntry | null)[] {
  const { app, trans } = mlops;
  const { commands } = app;
  const [run] = rows;
  // The oldest is what the others are compared with; rows are newest first.
  const ids = rows.map(row => row.id).reverse();
  if (run === undefined || rows.length > 1) {
    return [
      {
        label:
          rows.length > MOST
            ? trans.__('At most %1 runs are compared', MOST)
            : trans.__('Compare %1 runs', rows.length),
        isEnabled: rows.length <= MOST,
        run: () => void commands.execute(CommandIds.compareRuns, { ids })
      }
    ];
  }
  const { id } = run;
  return [
    { label: trans.__('Open'), run: () => void commands.execute(CommandIds.openRun, { id }) },
    {
      label: trans.__('Compare…'),
      run: () => void compareWith(mlops, run)
    },
    null,
    {
      label: trans.__('Cancel…'),
      isEnabled: isActive(run) && !run.cancel_requested,
      run: () => void commands.execute(CommandIds.cancelRun, { id })
    },
    {
      label: trans.__('Retry…'),
      isEnabled: run.status === 'failed' || run.status === 'cancelled',
      run: () => void commands.execute(CommandIds.retryRun, { id })
    },
    {
      label: trans.__('Delete…'),
      isEnabled: !isActive(run),
      run: () => void commands.execute(CommandIds.deleteRun, { id })
    }
  ];
}

/** How many runs are offered to compare with. */
const OFFERED = 50;

/** Ask which run to compare with: the earlier ones of its name first, the newest of them chosen, then all others. */
export async function compareWith(mlops: IMlops, run: Row): Promise<void> {
  const { client, app, trans } = mlops;
  const listed = (query: { name?: string; cursor?: string }): Promise<Form<'RunPage'>> =>
    client.answer(client.http.GET('/mlops/api/v1/runs', { params: { query: { ...query, limit: OFFERED } } }));
  const title = trans.__('Compare run "%1"', run.name);
  const asked = Promise.all([listed({ name: run.name, cursor: run.id }), listed({})]);
  const pages = await waiting(trans, title, asked);
  if (pages === null) {
    return;
  }
  const [before, all] = pages;
  const known = new Set([run.id, ...before.runs.map(each => each.id)]);
  const others = [...before.runs, ...all.runs.filter(each => !known.has(each.id))];
  if (others.length === 0) {
    const { showDialog, Dialog } = await import('@jupyterlab/apputils');
    await showDialog({
      title: trans.__('There is no other run than this one of "%1"', run.name),
      body: trans.__('Run it again, perhaps with other parameters, and compare the two.'),
      buttons: [Dialog.okButton({ label: trans.__('Close') })]
    });
    return;
  }
  const { askOther } = await loadViews();
  const other = await askOther(mlops, run, others);
  if (other !== null) {
    await app.commands.execute(CommandIds.compareRuns, { ids: [other, run.id] });
  }
}
