/** The plugins that JupyterLab loads. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { fetchStatus } from './api/status';
import { CommandIds } from './commands';
import { mlopsIcon } from './ui/icons';
import { MlopsPanel } from './ui/panel';

const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:panel',
  description: 'The MLOps panel in the left sidebar.',
  autoStart: true,
  optional: [ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlops');
    const settings = app.serviceManager.serverSettings;
    const panel = new MlopsPanel(() => fetchStatus(settings), translator ?? nullTranslator);
    app.shell.add(panel, 'left', { rank: 850, type: 'MLOps' });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(CommandIds.showPanel, {
      label: trans.__('Show the MLOps Panel'),
      icon: mlopsIcon,
      execute: () => {
        app.shell.activateById(panel.id);
      }
    });
    palette?.addItem({ command: CommandIds.showPanel, category: trans.__('MLOps') });
  }
};

export default [panelPlugin];
