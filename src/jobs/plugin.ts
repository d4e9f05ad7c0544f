/** The page of a job version, and the command that deletes a job. Running one is a form, and so the notebook plugin's. */

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { ask, complain } from '../runs/actions';
import { textIn } from '../ui/args';
import { mlopsIcon } from '../ui/icons';
import { Pages } from '../ui/pages';

/** Ask, then delete a job with all its versions. */
export async function deleteJob(mlops: IMlops, job: string): Promise<void> {
  const { client, trans } = mlops;
  const params = { path: { job } };
  try {
    const { versions } = await client.answer(client.http.GET('/mlops/api/v1/jobs/{job}', { params }));
    const isYes = await ask({
      title: trans.__('Delete job "%1"?', job),
      body:
        versions.length === 1
          ? trans.__('Its only version is deleted; the runs of it stay. This cannot be undone.')
          : trans.__(
              'All %1 versions are deleted; the runs of them stay. This cannot be undone.',
              versions.length
            ),
      yes: trans.__('Delete the job'),
      no: trans.__('Keep it'),
      isDangerous: true
    });
    if (isYes) {
      await client.answer(client.http.DELETE('/mlops/api/v1/jobs/{job}', { params }));
      mlops.live.refresh();
    }
  } catch (error) {
    await complain(mlops, trans.__('The job was not deleted'), error);
  }
}

/** `NAME` or `NAME@N`, in its parts. */
export function jobIn(label: string): { name: string; number: number | null } {
  const [, name, number] = /^(.*)@([1-9]\d{0,8})$/.exec(label) ?? [];
  return name === undefined ? { name: label, number: null } : { name, number: Number(number) };
}

export const jobsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:jobs',
  description: 'The page of a job version, and the commands of jobs.',
  autoStart: true,
  requires: [IMlops],
  optional: [ILayoutRestorer, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMlops,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null
  ): void => {
    const { trans } = mlops;
    const pages = new Pages(mlops, { shell: app.shell, labShell }, 'job');
    app.commands.addCommand(CommandIds.openJob, {
      label: trans.__('Open Job Version'),
      icon: mlopsIcon,
      execute: args => {
        const job = textIn(args, 'job');
        if (job === null) {
          return;
        }
        const { name, number } = jobIn(job);
        const against = typeof args.against === 'number' ? args.against : 0;
        const page = pages.open(job, trans.__('Job %1', job), views =>
          views.createJobPage(mlops, name, number, against)
        );
        page.inner?.node.dispatchEvent(new CustomEvent('mlops-against', { detail: against }));
      }
    });
    app.commands.addCommand(CommandIds.deleteJob, {
      label: trans.__('Delete Job…'),
      execute: async args => {
        const job = textIn(args, 'job');
        await (job === null ? undefined : deleteJob(mlops, job));
      }
    });
    pages.restore(restorer, CommandIds.openJob, job => ({ job }));
  }
};
