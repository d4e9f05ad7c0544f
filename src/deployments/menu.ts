/** What can be done with a deployment, as a menu. */

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import type { IEntry } from '../ui/menu';

export function entriesOf(
  mlops: IMlops,
  deployment: Pick<Form<'Deployment'>, 'name' | 'status' | 'model' | 'canary'>
): (IEntry | null)[] {
  const { app, trans } = mlops;
  const { name, status, model, canary } = deployment;
  const execute = (command: string): void => void app.commands.execute(command, { name });
  return [
    {
      label: trans.__('Open'),
      run: () => {
        execute(CommandIds.openDeployment);
      }
    },
    {
      label: trans.__('Open its model'),
      run: () => void app.commands.execute(CommandIds.openModel, { model })
    },
    null,
    {
      label: trans.__('Try it…'),
      isEnabled: status !== 'stopped',
      run: () => {
        execute(CommandIds.tryDeployment);
      }
    },
    {
      label: trans.__('Traffic…'),
      isEnabled: status !== 'stopped',
      run: () => {
        execute(CommandIds.routeDeployment);
      }
    },
    ...(canary === null
      ? []
      : [
          {
            label: trans.__('Make the canary v%1 live…', canary),
            run: () => {
              execute(CommandIds.promoteCanary);
            }
          }
        ]),
    {
      label: trans.__('Settings…'),
      run: () => {
        execute(CommandIds.updateDeployment);
      }
    },
    {
      label: canary === null ? trans.__('Roll back…') : trans.__('End canary v%1…', canary),
      isEnabled: status !== 'stopped',
      run: () => {
        execute(CommandIds.rollbackDeployment);
      }
    },
    status === 'stopped'
      ? {
          label: trans.__('Start…'),
          run: () => {
            execute(CommandIds.startDeployment);
          }
        }
      : {
          label: trans.__('Stop…'),
          run: () => {
            execute(CommandIds.stopDeployment);
          }
        },
    {
      label: trans.__('New token…'),
      run: () => {
        execute(CommandIds.newToken);
      }
    },
    {
      label: trans.__('Delete…'),
      run: () => {
        execute(CommandIds.deleteDeployment);
      }
    }
  ];
}
