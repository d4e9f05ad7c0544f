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
import { mlopsIcon } from '../ui/icons';
import { loadViews } from '../ui/lazy';
import { inFront, Pages } from '../ui/pages';

/** What a command is executed with. */
export type Args = Readonly<Record<string, unknown>>;

/** A text in the arguments, or null: whoever executes a command may hand in anything. */
export function textIn(args: Args, name: string): string | null {
  const value = args[name];
  return typeof value === 'string' && value !== '' && value.length <= 300 ? value : null;
}

/** A whole number of at least `least` in the arguments, or null. */
export function numberIn(args: Args, name: string, least = 1): number | null {
  const value = args[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= least ? value : null;
}

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
    const runIn = (args: Args): string | null => {
      const id = 'run' in args ? textIn(args, 'run') : inFront(shell, 'run');
      return id !== null && /^[0-9a-f]{32}$/.test(id) ? id : null;
    };

    commands.addCommand(CommandIds.openModel, {
      label: trans.__('Open Model…'),
      icon: mlopsIcon,
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
    commands.addCommand(CommandIds.promoteModel, {
      label: trans.__('Promote Model…'),
      caption: trans.__('Show what the gates say, then move an alias to a version'),
      execute: async args => {
        const { models } = await loadViews();
        const [model, alias] = [modelIn(args), textIn(args, 'alias')];
        await models.promoteModel(mlops, model, numberIn(args, 'version'), alias);
      }
    });
    commands.addCommand(CommandIds.rollbackModel, {
      label: trans.__('Roll Back Model…'),
      caption: trans.__('Move an alias back to where it was'),
      execute: async args => {
        const { models } = await loadViews();
        await models.rollbackModel(mlops, modelIn(args), textIn(args, 'alias'));
      }
    });
    commands.addCommand(CommandIds.approveModel, {
      label: trans.__('Approve Model…'),
      execute: async args => {
        const { models } = await loadViews();
        await models.approveModel(mlops, modelIn(args), numberIn(args, 'version'));
      }
    });
    commands.addCommand(CommandIds.editGates, {
      label: trans.__('Gates of Model…'),
      caption: trans.__('What is checked before a version is promoted'),
      execute: async args => {
        const { models } = await loadViews();
        await models.editGates(mlops, modelIn(args));
      }
    });
    commands.addCommand(CommandIds.scoreModel, {
      label: trans.__('Score a File with Model…'),
      caption: trans.__('Predict the rows of a CSV or Parquet file'),
      execute: async args => {
        const { models } = await loadViews();
        await models.scoreModel(mlops, modelIn(args), numberIn(args, 'version'), textIn(args, 'alias'));
      }
    });

    for (const command of [
      CommandIds.openModel,
      CommandIds.registerModel,
      CommandIds.promoteModel,
      CommandIds.rollbackModel,
      CommandIds.approveModel,
      CommandIds.editGates,
      CommandIds.scoreModel
    ]) {
      palette?.addItem({ command, category });
    }
    pages.restore(restorer, CommandIds.openModel, 'model');
  }
};
