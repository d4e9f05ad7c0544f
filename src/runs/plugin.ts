/** The pages of runs in the main area, and the commands that open and change runs. */

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { type Args, runId, textIn } from '../ui/args';
import { mlopsIcon } from '../ui/icons';
import { inFront, Pages } from '../ui/pages';
import { cancelRun, compareRun, deleteRun, retryRun } from './actions';
import { tellWhenOver } from './notify';

function idsIn(value: unknown): string[] {
  return Array.isArray(value) ? [...new Set(value.map(runId).filter(id => id !== null))].slice(0, 10) : [];
}

export const runsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:runs',
  description: 'The page of a run, and the page that compares runs.',
  autoStart: true,
  requires: [IMlops],
  optional: [ILayoutRestorer, ISettingRegistry, ILabShell, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMlops,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    labShell: ILabShell | null,
    palette: ICommandPalette | null
  ): void => {
    const { trans } = mlops;
    const { commands, shell } = app;
    const runs = new Pages(mlops, { shell, labShell }, 'run');
    const comparisons = new Pages(mlops, { shell, labShell }, 'compare');

    commands.addCommand(CommandIds.openRun, {
      label: trans.__('Open Run'),
      icon: mlopsIcon,
      execute: args => {
        const id = runId(args.id);
        if (id === null) {
          return;
        }
        const step = textIn(args, 'step');
        const page = runs.open(id, trans.__('Run'), views =>
          views.createRunPage(mlops, id, step ?? undefined)
        );
        if (step !== null && page.inner !== null) {
          page.inner.node.dispatchEvent(new CustomEvent('mlops-step', { detail: step }));
        }
      }
    });
    /** The run that is meant: by its id, or because its page is in front. */
    const runIn = (args: Args): string | null => runId('id' in args ? args.id : inFront(shell, 'run'));
    commands.addCommand(CommandIds.compareRuns, {
      label: args => ('ids' in args ? trans.__('Compare Runs') : trans.__('Compare Run…')),
      icon: mlopsIcon,
      isEnabled: args => 'ids' in args || runIn(args) !== null,
      execute: async args => {
        const ids = idsIn(args.ids);
        const run = runIn(args);
        if (ids.length >= 2) {
          comparisons.open(ids.join('-'), trans.__('Compare %1 runs', ids.length), views =>
            views.createComparePage(mlops, ids)
          );
        } else if (!('ids' in args) && run !== null) {
          await compareRun(mlops, run);
        }
      }
    });
    const verbs: readonly [string, string, (run: string, args: Args) => Promise<void>][] = [
      [CommandIds.cancelRun, trans.__('Cancel Run…'), run => cancelRun(mlops, run)],
      [
        CommandIds.retryRun,
        trans.__('Retry Run…'),
        (run, args) => retryRun(mlops, run, textIn(args, 'fromStep'))
      ],
      [CommandIds.deleteRun, trans.__('Delete Run…'), run => deleteRun(mlops, run)]
    ];
    for (const [id, label, act] of verbs) {
      commands.addCommand(id, {
        label,
        isEnabled: args => runIn(args) !== null,
        execute: async args => {
          const run = runIn(args);
          await (run === null ? undefined : act(run, args));
        }
      });
    }
    for (const command of [CommandIds.compareRuns, ...verbs.map(([id]) => id)]) {
      palette?.addItem({ command, category: trans.__('MLOps') });
    }

    tellWhenOver(mlops, id => runs.isVisible(id), settings);
    runs.restore(restorer, CommandIds.openRun, id => ({ id }));
    comparisons.restore(restorer, CommandIds.compareRuns, ids => ({ ids: ids.split('-') }));
  }
};
