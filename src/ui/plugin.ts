/** The panel in the left sidebar, and the ways to it: palette, menu, launcher. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { mlopsIcon } from './icons';
import { LazyWidget } from './lazy';
import { openExample } from './opening';
import { widenOnce } from './width';

/** The panel; the first time that it is shown it makes room for itself. */
class SidePanel extends LazyWidget {
  constructor(private readonly _mlops: IMlops) {
    super(views => views.createSidebar(_mlops), _mlops.trans);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    // The sidebar has its width a frame later.
    requestAnimationFrame(() => void widenOnce(this, this._mlops.state));
  }
}

/** What the palette and the menu show, in this order; null is a line between. Runs and cells add their own to the palette. */
const OFFERED: readonly (string | null)[] = [
  CommandIds.runNotebook,
  CommandIds.promoteNotebook,
  null,
  CommandIds.showPanel,
  CommandIds.openExample
];

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:panel',
  description: 'The MLOps panel in the left sidebar.',
  autoStart: true,
  requires: [IMlops],
  optional: [ICommandPalette, ILayoutRestorer, ILauncher, IMainMenu],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMlops,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    launcher: ILauncher | null,
    mainMenu: IMainMenu | null
  ): void => {
    const { trans } = mlops;
    const category = trans.__('MLOps');
    const panel = new SidePanel(mlops);
    panel.id = 'jupyter-mlops:panel';
    panel.addClass('jp-MlopsPanel');
    panel.node.setAttribute('role', 'region');
    panel.node.setAttribute('aria-label', trans.__('MLOps'));
    panel.title.icon = mlopsIcon;
    panel.title.caption = trans.__('MLOps: pipeline, jobs, runs, models, deployments');
    app.shell.add(panel, 'left', { rank: 850, type: 'MLOps' });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(CommandIds.showPanel, {
      label: trans.__('Show the MLOps Panel'),
      caption: trans.__('Pipeline, jobs, runs, models and deployments'),
      icon: mlopsIcon,
      execute: () => {
        app.shell.activateById(panel.id);
      }
    });
    app.commands.addCommand(CommandIds.openExample, {
      label: args => (args.isLauncher ? trans.__('MLOps example') : trans.__('Open the MLOps Example')),
      caption: trans.__('A small notebook that is a pipeline: look at it, run it, change it'),
      icon: mlopsIcon,
      execute: async args => {
        try {
          await openExample(app, typeof args.cwd === 'string' ? args.cwd : '');
          app.shell.activateById(panel.id);
        } catch (error) {
          await showErrorMessage(trans.__('The example cannot be opened'), error as Error);
        }
      }
    });

    for (const command of OFFERED) {
      if (command !== null) {
        palette?.addItem({ command, category });
      }
    }
    launcher?.add({
      command: CommandIds.openExample,
      args: { isLauncher: true },
      category: trans.__('Other')
    });
    if (mainMenu) {
      const submenu = new MenuSvg({ commands: app.commands });
      submenu.id = 'jp-mainmenu-run-mlops';
      submenu.title.label = category;
      submenu.title.icon = mlopsIcon;
      for (const command of OFFERED) {
        submenu.addItem(command === null ? { type: 'separator' } : { command });
      }
      mainMenu.runMenu.addGroup([{ type: 'submenu', submenu }], 900);
    }
  }
};
