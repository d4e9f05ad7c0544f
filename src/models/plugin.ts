/** The pages of models and the commands of models. What they do is loaded when one of them is first used. */

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { type Args, numberIn, runId, textIn } from '../ui/args';
import { modelIcon } from '../ui/icons';
import { loadViews, type Views } from '../ui/lazy';
import { inFront, Pages } from '../ui/pages';

export const modelsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:models',
  description: 'The pages and commands of registered models.',
  autoStart: true,
  requires: [IMlops],
  optional: [ICommandPalette, ILayoutRestorer, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMlops,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null
  ): void => {
    const { trans } = mlops;
    const { commands, shell } = app;
    const category = trans.__('MLOps');
    const pages = new Pages(mlops, { shell, labShell }, 'model');
    /** The model that is meant: by its name, or because its page is in front. */
    const modelIn = (args: Args): string | null =>
      'model' in args ? textIn(args, 'model') : inFront(shell, 'model');
    /** The run that is meant. */
    const runIn = (args: Args): string | null => runId('run' in args ? args.run : inFront(shell, 'run'));

    commands.addCommand(CommandIds.openModel, {
      label: trans.__('Open Model…'),
      icon: modelIcon,
      execute: async args => {
        const model = textIn(args, 'model');
        if (model === null) {
          await (await loadViews()).models.openChosen(mlops);
          return;
        }
        const version = numberIn(args, 'version');
        const page = pages.open(model, trans.__('Model %1', model), views =>
          views.models.createModelPage(mlops, model, version)
        );
        if (version !== null && page.inner !== null) {
          page.inner.node.dispatchEvent(new CustomEvent('mlops-version', { detail: version }));
        }
      }
    });
    commands.addCommand(CommandIds.registerModel, {
      label: trans.__('Register Model of Run…'),
      caption: trans.__('Register a model that the run in front logged'),
      isEnabled: args => runIn(args) !== null,
      execute: async args => {
        const run = runIn(args);
        if (run !== null) {
          const { models } = await loadViews();
          await models.registerModel(mlops, run, textIn(args, 'logged'));
        }
      }
    });
    const verbs: readonly [string, string, string, (models: Views['models'], args: Args) => Promise<void>][] =
      [
        [
          CommandIds.promoteModel,
          trans.__('Promote Model…'),
          trans.__('Show what the gates say, then move an alias to a version'),
          (models, args) =>
            models.promoteModel(mlops, modelIn(args), numberIn(args, 'version'), textIn(args, 'alias'))
        ],
        [
          CommandIds.rollbackModel,
          trans.__('Roll Back Model…'),
          trans.__('Move an alias back to where it was'),
          (models, args) => models.rollbackModel(mlops, modelIn(args), textIn(args, 'alias'))
        ],
        [
          CommandIds.approveModel,
          trans.__('Approve Model…'),
          trans.__('Say yes to a version, for gates that ask for it'),
          (models, args) => models.approveModel(mlops, modelIn(args), numberIn(args, 'version'))
        ],
        [
          CommandIds.editGates,
          trans.__('Gates of Model…'),
          trans.__('What is checked before a version is promoted'),
          (models, args) => models.editGates(mlops, modelIn(args))
        ],
        [
          CommandIds.scoreModel,
          trans.__('Score a File with Model…'),
          trans.__('Predict the rows of a CSV or Parquet file'),
          (models, args) =>
            models.scoreModel(mlops, modelIn(args), numberIn(args, 'version'), textIn(args, 'alias'))
        ]
      ];
    for (const [id, label, caption, act] of verbs) {
      commands.addCommand(id, {
        label,
        caption,
        execute: async args => {
          await act((await loadViews()).models, args);
        }
      });
    }

    for (const command of [CommandIds.openModel, CommandIds.registerModel, ...verbs.map(([id]) => id)]) {
      palette?.addItem({ command, category });
    }
    pages.restore(restorer, CommandIds.openModel, model => ({ model }));
  }
};
