/** The menu of a row in the list of runs, and of several selected rows. */

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import type { IEntry } from '../ui/menu';
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
      label: trans.__('Compare with the run before'),
      run: () => void compareWithBefore(mlops, run)
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

/** Compare a run with the one of the same name before it. */
export async function compareWithBefore(mlops: IMlops, run: Row): Promise<void> {
  const { client, app, trans } = mlops;
  const query = { name: run.name, cursor: run.id, limit: 1 };
  const page = await client.answer(client.http.GET('/mlops/api/v1/runs', { params: { query } }));
  const before = page.runs[0];
  if (before === undefined) {
    const { showDialog, Dialog } = await import('@jupyterlab/apputils');
    await showDialog({
      title: trans.__('There is no earlier run of "%1"', run.name),
      body: trans.__('Select two runs in the list (Ctrl-click) to compare them.'),
      buttons: [Dialog.okButton({ label: trans.__('Close') })]
    });
    return;
  }
  await app.commands.execute(CommandIds.compareRuns, { ids: [before.id, run.id] });
}
