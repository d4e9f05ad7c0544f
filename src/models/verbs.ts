/** What is done to models: each verb finds its target, asks in a form that names it, and says what went wrong. */

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { complain } from '../runs/actions';
import { waiting } from '../ui/waiting';
import { askForGates, askToApprove } from './approve';
import { choose } from './choose';
import { askToPromote } from './promote';
import { askHistory, askModel, askModels } from './queries';
import { askToRegister } from './register';
import { askToRollBack } from './rollback';
import { askToScore } from './score';
import { CHAMPION, holderOf } from './words';

/** Return the model of a name, or the one that the user chooses; null when he chooses none. */
async function found(
  mlops: IMlops,
  name: string | null,
  words: { title: string; accept: string }
): Promise<Form<'ModelDetail'> | null> {
  const { client, trans } = mlops;
  if (name !== null) {
    return waiting(trans, words.title, askModel(client, name));
  }
  const models = await waiting(trans, words.title, askModels(client));
  if (models === null) {
    return null;
  }
  if (models.length === 0) {
    throw new Error(
      trans.__('There is no model yet: register one that a run logged, on the page of the run.')
    );
  }
  const names = models.map(model => model.name);
  const chosen = await choose(mlops, { ...words, label: trans.__('Model') }, names);
  return chosen === null ? null : waiting(trans, words.title, askModel(client, chosen));
}

/** The version that is meant when none is named: the newest. */
function newest(mlops: IMlops, model: Form<'ModelDetail'>, version: number | null): number {
  const number = version ?? model.versions[0]?.version;
  if (number === undefined) {
    throw new Error(mlops.trans.__('The model "%1" has no version yet.', model.name));
  }
  return number;
}

/** The deployments, only to say which follow an alias. */
async function deployments(mlops: IMlops): Promise<readonly Form<'Deployment'>[]> {
  const { client } = mlops;
  try {
    return (await client.answer(client.http.GET('/mlops/api/v1/deployments'))).deployments;
  } catch {
    return [];
  }
}

/** Do something with the model of a name, or of the user's choice; say it when it does not work. */
async function withModel(
  mlops: IMlops,
  name: string | null,
  words: { title: string; accept?: string; failed: string },
  act: (model: Form<'ModelDetail'>) => Promise<unknown>
): Promise<void> {
  const { title, accept = mlops.trans.__('Continue…'), failed } = words;
  try {
    const model = await found(mlops, name, { title, accept });
    await (model === null ? undefined : act(model));
  } catch (error) {
    await complain(mlops, failed, error);
  }
}

/** Open the page of a model that the user chooses. */
export async function openChosen(mlops: IMlops): Promise<void> {
  const { app, trans } = mlops;
  const words = {
    title: trans.__('Open Model'),
    accept: trans.__('Open'),
    failed: trans.__('No model was opened')
  };
  await withModel(mlops, null, words, model =>
    app.commands.execute(CommandIds.openModel, { model: model.name })
  );
}

/** Ask, then register a model that a step of a run logged. */
export async function registerModel(mlops: IMlops, run: string, logged: string | null): Promise<void> {
  try {
    await askToRegister(mlops, run, logged);
  } catch (error) {
    await complain(mlops, mlops.trans.__('The model was not registered'), error);
  }
}

/** Show the gates, ask, then move an alias to a version. */
export async function promoteModel(
  mlops: IMlops,
  name: string | null,
  version: number | null,
  alias: string | null
): Promise<void> {
  const { trans } = mlops;
  const words = { title: trans.__('Promote a Model'), failed: trans.__('The version was not promoted') };
  await withModel(mlops, name, words, async model => {
    const served = await waiting(trans, words.title, deployments(mlops));
    if (served !== null) {
      const number = newest(mlops, model, version);
      await askToPromote(mlops, {
        model,
        version: number,
        alias: alias ?? CHAMPION,
        deployments: served
      });
    }
  });
}

/** Ask, then move an alias back to where it was. */
export async function rollbackModel(mlops: IMlops, name: string | null, alias: string | null): Promise<void> {
  const { client, trans } = mlops;
  const wanted = alias ?? CHAMPION;
  const words = { title: trans.__('Roll Back a Model'), failed: trans.__('The alias was not rolled back') };
  await withModel(mlops, name, words, async model => {
    const found = await waiting(trans, words.title, askHistory(client, model.name, { alias: wanted }));
    await (found === null ? undefined : askToRollBack(mlops, model, found.moves, wanted));
  });
}

/** Ask, then approve a version. */
export async function approveModel(
  mlops: IMlops,
  name: string | null,
  version: number | null
): Promise<void> {
  const { trans } = mlops;
  const words = { title: trans.__('Approve a Model'), failed: trans.__('The version was not approved') };
  await withModel(mlops, name, words, async model =>
    askToApprove(mlops, model.name, newest(mlops, model, version))
  );
}

/** Show the gates of a model, and write them. */
export async function editGates(mlops: IMlops, name: string | null): Promise<void> {
  const { trans } = mlops;
  const words = { title: trans.__('Gates of a Model'), failed: trans.__('The gates were not written') };
  await withModel(mlops, name, words, model => askForGates(mlops, model));
}

/** Ask for a file, then let a model score it; its page shows how far it is. */
export async function scoreModel(
  mlops: IMlops,
  name: string | null,
  version: number | null,
  alias: string | null
): Promise<void> {
  const { app, trans } = mlops;
  const words = { title: trans.__('Score a File with a Model'), failed: trans.__('No file was scored') };
  await withModel(mlops, name, words, async model => {
    if ((await askToScore(mlops, model, version, alias)) !== null) {
      await app.commands.execute(CommandIds.openModel, { model: model.name });
    }
  });
}

/** The versions and aliases of a model that can be served, as `deployModel` takes them. */
export async function deployable(
  mlops: IMlops,
  name: string | null
): Promise<{ model: Form<'ModelDetail'>; champion: number | null } | null> {
  const { trans } = mlops;
  const words = { title: trans.__('Deploy a Model'), accept: trans.__('Continue…') };
  const model = await found(mlops, name, words);
  return model === null ? null : { model, champion: holderOf(model.aliases, CHAMPION) };
}
