/** What can be done with a model, as a menu. */

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import type { IEntry } from '../ui/menu';
import { CHAMPION, holderOf } from './words';

export function entriesOf(
  mlops: IMlops,
  model: Pick<Form<'Model'>, 'name' | 'latest' | 'aliases'>
): (IEntry | null)[] {
  const { app, trans } = mlops;
  const { name, latest, aliases } = model;
  const champion = holderOf(aliases, CHAMPION);
  const execute = (command: string): void => void app.commands.execute(command, { model: name });
  return [
    {
      label: trans.__('Open'),
      run: () => {
        execute(CommandIds.openModel);
      }
    },
    null,
    {
      label: latest === null ? trans.__('Promote…') : trans.__('Promote v%1…', latest),
      isEnabled: latest !== null && latest !== champion,
      run: () => {
        execute(CommandIds.promoteModel);
      }
    },
    {
      label: trans.__('Roll back the champion…'),
      isEnabled: champion !== null,
      run: () => {
        execute(CommandIds.rollbackModel);
      }
    },
    {
      label: trans.__('Deploy…'),
      isEnabled: latest !== null,
      run: () => {
        execute(CommandIds.deployModel);
      }
    },
    {
      label: trans.__('Score a file…'),
      isEnabled: latest !== null,
      run: () => {
        execute(CommandIds.scoreModel);
      }
    },
    null,
    {
      label: trans.__('Gates…'),
      run: () => {
        execute(CommandIds.editGates);
      }
    }
  ];
}
