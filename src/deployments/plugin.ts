/** The pages of deployments and their commands. What they do is loaded when one of them is first used. */

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { type Args, numberIn, textIn } from '../ui/args';
import { deploymentIcon } from '../ui/icons';
import { loadViews, type Views } from '../ui/lazy';
import { inFront, Pages } from '../ui/pages';

/** The verbs that take a deployment and nothing else. */
type Verb =
  | 'deleteDeployment'
  | 'newToken'
  | 'promoteCanary'
  | 'rollbackDeployment'
  | 'startDeployment'
  | 'stopDeployment'
  | 'tryDeployment'
  | 'updateDeployment';

export const deploymentsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:deployments',
  description: 'The pages and commands of deployments.',
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
    const pages = new Pages(mlops, { shell, labShell }, 'deployment');
    const deployments = async (): Promise<Views['deployments']> => (await loadViews()).deployments;

    commands.addCommand(CommandIds.openDeployment, {
      label: trans.__('Open Deployment…'),
      icon: deploymentIcon,
      execute: async args => {
        const name = textIn(args, 'name');
        if (name === null) {
          await (await deployments()).openChosen(mlops);
          return;
        }
        const tab = textIn(args, 'tab');
        const page = pages.open(name, trans.__('Deployment %1', name), views =>
          views.deployments.createDeploymentPage(mlops, name, tab)
        );
        if (tab !== null && page.inner !== null) {
          page.inner.node.dispatchEvent(new CustomEvent('mlops-tab', { detail: tab }));
        }
      }
    });
    commands.addCommand(CommandIds.deployModel, {
      label: trans.__('Deploy Model…'),
      caption: trans.__('Serve a version of a model, or the one that an alias points to'),
      execute: async args => {
        const model = 'model' in args ? textIn(args, 'model') : inFront(shell, 'model');
        const alias = textIn(args, 'alias');
        await (await deployments()).deployModel(mlops, model, numberIn(args, 'version'), alias);
      }
    });
    /** The deployment that is meant: by its name, or because its page is in front. */
    const nameIn = (args: Args): string | null =>
      'name' in args ? textIn(args, 'name') : inFront(shell, 'deployment');
    commands.addCommand(CommandIds.routeDeployment, {
      label: trans.__('Change Traffic of Deployment…'),
      caption: trans.__('Give a version a share of the requests'),
      execute: async args => {
        const [name, version, share] = [
          nameIn(args),
          numberIn(args, 'version'),
          numberIn(args, 'percent', 0)
        ];
        const percent = share === null || share > 100 ? null : share;
        await (await deployments()).routeDeployment(mlops, name, version, percent);
      }
    });
    commands.addCommand(CommandIds.shadowDeployment, {
      label: trans.__('Change Shadow of Deployment…'),
      caption: trans.__('Let a version answer too; its answers are compared and not returned'),
      execute: async args => {
        await (await deployments()).shadowDeployment(mlops, nameIn(args), numberIn(args, 'version', 0));
      }
    });

    const verbs: readonly [string, Verb, string][] = [
      [CommandIds.tryDeployment, 'tryDeployment', trans.__('Try Deployment…')],
      [CommandIds.promoteCanary, 'promoteCanary', trans.__('Promote Canary of Deployment…')],
      [CommandIds.updateDeployment, 'updateDeployment', trans.__('Settings of Deployment…')],
      [CommandIds.rollbackDeployment, 'rollbackDeployment', trans.__('Roll Back Deployment…')],
      [CommandIds.stopDeployment, 'stopDeployment', trans.__('Stop Deployment…')],
      [CommandIds.startDeployment, 'startDeployment', trans.__('Start Deployment…')],
      [CommandIds.newToken, 'newToken', trans.__('New Token of Deployment…')],
      [CommandIds.deleteDeployment, 'deleteDeployment', trans.__('Delete Deployment…')]
    ];
    for (const [command, verb, label] of verbs) {
      commands.addCommand(command, {
        label,
        execute: async args => {
          await (await deployments())[verb](mlops, nameIn(args));
        }
      });
    }

    const { openDeployment, deployModel, routeDeployment, shadowDeployment } = CommandIds;
    for (const command of [
      openDeployment,
      deployModel,
      routeDeployment,
      shadowDeployment,
      ...verbs.map(([id]) => id)
    ]) {
      palette?.addItem({ command, category });
    }
    pages.restore(restorer, CommandIds.openDeployment, name => ({ name }));
  }
};
