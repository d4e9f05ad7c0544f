/** The pages of runs in the main area, and the commands that open and change runs. */

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { mlopsIcon } from '../ui/icons';
import { LazyWidget } from '../ui/lazy';
import { cancelRun, compareRun, deleteRun, retryRun } from './actions';
import { showBelow } from './below';
import { tellWhenOver } from './notify';

type Page = MainAreaWidget<LazyWidget>;
type Args = Readonly<Record<string, unknown>>;

/** Of the ids of the pages. */
const PREFIX = 'jupyter-mlops:run:';

/** A run's id in an argument, or null: whoever executes a command may hand in anything. */
function idIn(value: unknown): string | null {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) ? value : null;
}

function idsIn(value: unknown): string[] {
  return Array.isArray(value) ? [...new Set(value.map(idIn).filter(id => id !== null))].slice(0, 10) : [];
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
    const runs = new WidgetTracker<Page>({ namespace: 'jupyter-mlops-run' });
    const comparisons = new WidgetTracker<Page>({ namespace: 'jupyter-mlops-compare' });

    const open = (tracker: WidgetTracker<Page>, id: string, make: () => LazyWidget): Page => {
      let page = tracker.find(widget => widget.id === id);
      if (page === undefined) {
        const content = make();
        content.title.icon = mlopsIcon;
        content.title.closable = true;
        page = new MainAreaWidget({ content });
        page.id = id;
        page.addClass('jp-MlopsPage');
        page.toolbar.hide();
        void tracker.add(page);
        labShell?.add(page, 'main');
      }
      if (labShell === null) {
        showBelow(shell, page);
      } else {
        labShell.activateById(page.id);
      }
      return page;
    };

    commands.addCommand(CommandIds.openRun, {
      label: trans.__('Open Run'),
      icon: mlopsIcon,
      execute: args => {
        const id = idIn(args.id);
        if (id === null) {
          return;
        }
        const step = typeof args.step === 'string' ? args.step : undefined;
        const page = open(runs, `${PREFIX}${id}`, () => {
          const content = new LazyWidget(views => views.createRunPage(mlops, id, step), trans);
          content.title.label = trans.__('Run');
          return content;
        });
        const inner = page.content.inner;
        if (step !== undefined && inner !== null) {
          inner.node.dispatchEvent(new CustomEvent('mlops-step', { detail: step }));
        }
      }
    });
    /** The run that is meant: by its id, or because its page is in front. */
    const runIn = (args: Args): string | null => {
      const page = runs.currentWidget;
      const isInFront = page !== null && !page.isDisposed && shell.currentWidget === page;
      return 'id' in args ? idIn(args.id) : isInFront ? page.id.slice(PREFIX.length) : null;
    };
    commands.addCommand(CommandIds.compareRuns, {
      label: args => ('ids' in args ? trans.__('Compare Runs') : trans.__('Compare Run with the One Before')),
      icon: mlopsIcon,
      isEnabled: args => 'ids' in args || runIn(args) !== null,
      execute: async args => {
        const ids = idsIn(args.ids);
        const run = runIn(args);
        if (ids.length >= 2) {
          open(comparisons, `jupyter-mlops:compare:${ids.join('-')}`, () => {
            const content = new LazyWidget(views => views.createComparePage(mlops, ids), trans);
            content.title.label = trans.__('Compare %1 runs', ids.length);
            return content;
          });
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
        (run, { fromStep }) => retryRun(mlops, run, typeof fromStep === 'string' ? fromStep : null)
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

    tellWhenOver(mlops, id => runs.find(page => page.id === `${PREFIX}${id}`)?.isVisible ?? false, settings);
    void restorer?.restore(runs, {
      command: CommandIds.openRun,
      args: page => ({ id: page.id.slice(PREFIX.length) }),
      name: page => page.id
    });
    void restorer?.restore(comparisons, {
      command: CommandIds.compareRuns,
      args: page => ({ ids: page.id.slice('jupyter-mlops:compare:'.length).split('-') }),
      name: page => page.id
    });
  }
};
