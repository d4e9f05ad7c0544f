/** The pages of runs in the main area, and the commands that open and change runs. */

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { mlopsIcon } from '../ui/icons';
import { LazyWidget } from '../ui/lazy';
import { cancelRun, deleteRun, retryRun } from './actions';
import { showBelow } from './below';
import { tellWhenOver } from './notify';

type Page = MainAreaWidget<LazyWidget>;

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
  optional: [ILayoutRestorer, ISettingRegistry, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMlops,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    labShell: ILabShell | null
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
        const page = open(runs, `jupyter-mlops:run:${id}`, () => {
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
    commands.addCommand(CommandIds.compareRuns, {
      label: trans.__('Compare Runs'),
      icon: mlopsIcon,
      execute: args => {
        const ids = idsIn(args.ids);
        if (ids.length >= 2) {
          open(comparisons, `jupyter-mlops:compare:${ids.join('-')}`, () => {
            const content = new LazyWidget(views => views.createComparePage(mlops, ids), trans);
            content.title.label = trans.__('Compare %1 runs', ids.length);
            return content;
          });
        }
      }
    });
    commands.addCommand(CommandIds.cancelRun, {
      label: trans.__('Cancel Run…'),
      execute: async args => {
        const id = idIn(args.id);
        await (id === null ? undefined : cancelRun(mlops, id));
      }
    });
    commands.addCommand(CommandIds.retryRun, {
      label: trans.__('Retry Run…'),
      execute: async args => {
        const id = idIn(args.id);
        const step = args.fromStep;
        await (id === null ? undefined : retryRun(mlops, id, typeof step === 'string' ? step : null));
      }
    });
    commands.addCommand(CommandIds.deleteRun, {
      label: trans.__('Delete Run…'),
      execute: async args => {
        const id = idIn(args.id);
        await (id === null ? undefined : deleteRun(mlops, id));
      }
    });

    tellWhenOver(
      mlops,
      id => runs.find(page => page.id === `jupyter-mlops:run:${id}`)?.isVisible ?? false,
      settings
    );
    void restorer?.restore(runs, {
      command: CommandIds.openRun,
      args: page => ({ id: page.id.slice('jupyter-mlops:run:'.length) }),
      name: page => page.id
    });
    void restorer?.restore(comparisons, {
      command: CommandIds.compareRuns,
      args: page => ({ ids: page.id.slice('jupyter-mlops:compare:'.length).split('-') }),
      name: page => page.id
    });
  }
};
