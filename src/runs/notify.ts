/** Tells when a run is over whose page is not in sight. */

import { Notification } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import { CommandIds } from '../commands';
import type { IMlops } from '../context';

/** Runs whose end was told; a run that is retried is another run. */
const MOST = 500;

/** Begin to tell; `isInSight` says whether the user looks at a run's page. */
export function tellWhenOver(
  mlops: IMlops,
  isInSight: (id: string) => boolean,
  registry: ISettingRegistry | null
): void {
  const { app, trans } = mlops;
  let isWanted = registry === null;
  const told = new Set<string>();
  void registry
    ?.load('jupyter-mlops:panel')
    .then(settings => {
      const read = (): void => {
        isWanted = settings.get('notifyWhenOver').composite !== false;
      };
      settings.changed.connect(read);
      read();
    })
    .catch((error: unknown) => {
      console.warn('jupyter-mlops: the settings of the panel cannot be read', error);
    });
  mlops.live.changed.connect((_, { run, name, status }) => {
    const isOver = status === 'succeeded' || status === 'failed';
    if (run === null || name === undefined || !isOver || !isWanted || told.has(run)) {
      return;
    }
    told.add(run);
    if (told.size > MOST) {
      told.clear();
    }
    if (isInSight(run)) {
      return;
    }
    const message =
      status === 'succeeded' ? trans.__('Run "%1" succeeded', name) : trans.__('Run "%1" failed', name);
    Notification.emit(message, status === 'succeeded' ? 'success' : 'error', {
      autoClose: status === 'succeeded' ? 5000 : 10000,
      actions: [
        {
          label: trans.__('Open'),
          callback: () => void app.commands.execute(CommandIds.openRun, { id: run })
        }
      ]
    });
  });
}
