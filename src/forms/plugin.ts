/** The commands that ask in a form: run, promote, run a job, options of a step. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { fileUploadIcon, runIcon } from '@jupyterlab/ui-components';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { saveChanges } from '../notebook/saving';
import { complain } from '../runs/actions';
import { type Args, textIn } from '../ui/args';
import { waiting } from '../ui/waiting';
import { askPromotion } from './promote';
import { askRun, type IRunTarget } from './run';
import { addStepCommands } from './stepcommands';

const ID = 'jupyter-mlops:forms';

export const formsPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'The forms that run and promote notebooks, run jobs, and set options of steps.',
  autoStart: true,
  requires: [IMlops],
  optional: [INotebookTracker, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMlops,
    tracker: INotebookTracker | null,
    registry: ISettingRegistry | null
  ): void => {
    const { commands } = app;
    const { client, trans } = mlops;
    const { contents } = app.serviceManager;
    let isRemembered = true;

    const panelOf = (path: string | null): NotebookPanel | null => {
      const current = tracker?.currentWidget ?? null;
      if (path === null) {
        return current;
      }
      const matches = (panel: NotebookPanel): boolean => contents.localPath(panel.context.path) === path;
      return current && matches(current) ? current : (tracker?.find(matches) ?? null);
    };

    /** Save a notebook if it is open and was changed; the path of what is on the disk, or null when nothing is. */
    const saved = async (args: Args): Promise<string | null> => {
      const asked = textIn(args, 'path');
      const panel = panelOf(asked);
      if (panel === null) {
        return asked;
      }
      const { context } = panel;
      const name = context.path.split('/').pop() ?? context.path;
      const drive = contents.driveName(context.path);
      if (drive !== '' && drive !== 'RTC') {
        throw new Error(trans.__('%1 is not a file of this server: it is on the drive "%2".', name, drive));
      }
      await context.ready;
      return (await saveChanges(context, trans)) ? contents.localPath(context.path) : null;
    };

    const inspected = (path: string): Promise<Form<'Inspection'>> =>
      client.answer(
        client.http.POST('/mlops/api/v1/inspect', { body: { path, notebook: null, ignore: [] } })
      );

    const run = async (target: IRunTarget): Promise<void> => {
      const started = await askRun(mlops, target, isRemembered);
      if (started === null) {
        return;
      }
      mlops.live.touch(started.id);
      for (const note of started.notes) {
        Notification.info(note, { autoClose: 8000 });
      }
      await commands.execute(CommandIds.openRun, { id: started.id });
    };

    commands.addCommand(CommandIds.runNotebook, {
      label: args =>
        args.toolbar === true ? trans.__('Run as pipeline') : trans.__('Run Notebook as Pipeline…'),
      caption: trans.__(
        'Save the notebook and run its steps in kernels of their own; asks for the parameters'
      ),
      icon: runIcon,
      isEnabled: args => textIn(args, 'path') !== null || panelOf(null) !== null,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string', description: trans.__('The notebook; the current one without it') },
            steps: {
              type: 'array',
              items: { type: 'string' },
              description: trans.__('The steps that are chosen at first; all without it')
            }
          }
        }
      },
      execute: async args => {
        try {
          const path = await saved(args);
          if (path === null) {
            return;
          }
          const name = path.split('/').pop() ?? path;
          const title = trans.__('Run %1 as a pipeline', name);
          const inspection = await waiting(trans, title, inspected(path));
          if (inspection === null) {
            return;
          }
          const { findings, pipeline } = inspection;
          const steps = Array.isArray(args.steps) ? (args.steps as unknown[]).map(String) : null;
          await run({
            body: { path },
            name,
            parameters: pipeline.parameters,
            steps: pipeline.steps.map(step => step.name),
            findings,
            chosen: steps
          });
        } catch (error) {
          await complain(mlops, trans.__('The notebook was not run'), error);
        }
      }
    });

    commands.addCommand(CommandIds.promoteNotebook, {
      label: args => (args.toolbar === true ? trans.__('Promote') : trans.__('Promote Notebook to Job…')),
      caption: trans.__('Save the notebook and freeze it as the next version of a job'),
      icon: fileUploadIcon,
      isEnabled: args => textIn(args, 'path') !== null || panelOf(null) !== null,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string', description: trans.__('The notebook; the current one without it') }
          }
        }
      },
      execute: async args => {
        try {
          const path = await saved(args);
          const title = trans.__('Promote %1 to a job', path?.split('/').pop() ?? '');
          const inspection = path === null ? null : await waiting(trans, title, inspected(path));
          const made = inspection === null ? null : await askPromotion(mlops, inspection);
          if (made === null) {
            return;
          }
          const { name, number } = made.version;
          const job = `${name}@${number}`;
          mlops.live.refresh();
          Notification.success(trans.__('Promoted to %1', job), {
            autoClose: 10_000,
            actions: [
              { label: trans.__('Run…'), callback: () => void commands.execute(CommandIds.runJob, { job }) }
            ]
          });
          for (const note of made.notes) {
            Notification.warning(note, { autoClose: false });
          }
        } catch (error) {
          await complain(mlops, trans.__('The notebook was not promoted'), error);
        }
      }
    });

    commands.addCommand(CommandIds.runJob, {
      label: trans.__('Run Job…'),
      caption: trans.__('Run a version of a job; asks for the parameters'),
      icon: runIcon,
      isEnabled: args => textIn(args, 'job') !== null,
      describedBy: {
        args: {
          type: 'object',
          properties: { job: { type: 'string', description: trans.__('NAME, or NAME@VERSION') } },
          required: ['job']
        }
      },
      execute: async args => {
        const label = textIn(args, 'job') ?? '';
        const [name = '', number] = label.split('@');
        try {
          const params = { path: { job: name } };
          const job = await waiting(
            trans,
            trans.__('Run %1 as a pipeline', label),
            client.answer(client.http.GET('/mlops/api/v1/jobs/{job}', { params }))
          );
          if (job === null) {
            return;
          }
          const version = job.versions.find(each => number === undefined || String(each.number) === number);
          if (version === undefined) {
            throw new Error(trans.__('The job %1 has no version %2.', name, number ?? ''));
          }
          await run({
            body: { job: `${name}@${version.number}` },
            name: `${name}@${version.number}`,
            parameters: version.declared,
            steps: version.steps,
            findings: [],
            chosen: null
          });
        } catch (error) {
          await complain(mlops, trans.__('The job was not run'), error);
        }
      }
    });

    addStepCommands(mlops, tracker);

    registry?.load(ID).then(
      settings => {
        const follow = (): void => {
          isRemembered = settings.composite.rememberParameters !== false;
        };
        settings.changed.connect(follow);
        follow();
      },
      (error: unknown) => {
        console.warn('jupyter-mlops: the settings of forms cannot be read.', error);
      }
    );
  }
};
