/** The command that deletes a job. Running one is a form, and so the notebook plugin's. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { ask, complain } from '../runs/actions';
import { textIn } from '../ui/args';

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

export const jobsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:jobs',
  description: 'The commands of jobs.',
  autoStart: true,
  requires: [IMlops],
  activate: (app: JupyterFrontEnd, mlops: IMlops): void => {
    app.commands.addCommand(CommandIds.deleteJob, {
      label: mlops.trans.__('Delete Job…'),
      execute: async args => {
        const job = textIn(args, 'job');
        await (job === null ? undefined : deleteJob(mlops, job));
      }
    });
  }
};
