/** What is done to deployments: each verb finds its target, asks by name, and says what went wrong. */

import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { askModel, renew } from '../models/queries';
import { deployable } from '../models/verbs';
import { CHAMPION } from '../models/words';
import { complain } from '../runs/actions';
import { act, found } from './act';
import { askToDeploy } from './deploy';
import { askDeployments, remember } from './queries';
import { askForSettings } from './settings';
import { showToken } from './token';
import { refOf } from './words';

/** Open the page of a deployment that the user chooses. */
export async function openChosen(mlops: IMlops): Promise<void> {
  const { trans } = mlops;
  try {
    const words = { title: trans.__('Open Deployment'), accept: trans.__('Open') };
    const deployment = await found(mlops, null, words);
    if (deployment !== null) {
      await mlops.app.commands.execute(CommandIds.openDeployment, { name: deployment.name });
    }
  } catch (error) {
    await complain(mlops, trans.__('No deployment was opened'), error);
  }
}

/** Open the page of a deployment, the chosen one without a name, where it can be asked. */
export async function tryDeployment(mlops: IMlops, name: string | null): Promise<void> {
  const { trans } = mlops;
  try {
    const words = { title: trans.__('Try a Deployment'), accept: trans.__('Open') };
    const deployment = await found(mlops, name, words);
    if (deployment !== null) {
      const args = { name: deployment.name, tab: 'try' };
      await mlops.app.commands.execute(CommandIds.openDeployment, args);
    }
  } catch (error) {
    await complain(mlops, trans.__('No deployment was opened'), error);
  }
}

/** Ask how, then serve a model; shows the token once and opens the page. */
export async function deployModel(
  mlops: IMlops,
  name: string | null,
  version: number | null,
  alias: string | null
): Promise<void> {
  const { app, client, trans } = mlops;
  try {
    const target = await deployable(mlops, name);
    if (target === null) {
      return;
    }
    const { model, champion } = target;
    const followed = alias ?? (version === null && champion !== null ? CHAMPION : null);
    const number = version ?? model.versions[0]?.version ?? null;
    if (number === null) {
      throw new Error(trans.__('The model "%1" has no version yet.', model.name));
    }
    const made = await askToDeploy(mlops, {
      model,
      ref: refOf(model.name, followed, number),
      taken: (await askDeployments(client)).map(each => each.name)
    });
    if (made !== null) {
      await showToken(mlops, made.deployment.name, made.token);
      await app.commands.execute(CommandIds.openDeployment, { name: made.deployment.name });
    }
  } catch (error) {
    await complain(mlops, trans.__('The model was not deployed'), error);
  }
}

/** Show what a deployment serves and logs, and change it. */
export async function updateDeployment(mlops: IMlops, name: string | null): Promise<void> {
  const { client, trans } = mlops;
  try {
    const words = { title: trans.__('Settings of a Deployment'), accept: trans.__('Continue…') };
    const deployment = await found(mlops, name, words);
    if (deployment !== null) {
      await askForSettings(mlops, deployment, await askModel(client, deployment.model));
    }
  } catch (error) {
    await complain(mlops, trans.__('The deployment was not changed'), error);
  }
}

/** Ask, then serve again what was served before. */
export function rollbackDeployment(mlops: IMlops, name: string | null): Promise<void> {
  const { client, trans } = mlops;
  return act(mlops, name, {
    label: trans.__('Roll Back a Deployment'),
    failed: trans.__('The deployment was not rolled back'),
    question: ({ name: target, live, canary, previous }) => ({
      title:
        canary === null
          ? trans.__('Roll back deployment "%1"?', target)
          : trans.__('End the canary v%1 of deployment "%2"?', canary, target),
      body:
        canary !== null
          ? trans.__('v%1 gets all requests again. No request fails meanwhile.', live ?? '?')
          : previous === null
            ? trans.__('There is no version before it that is known here; the server says what is possible.')
            : trans.__(
                'It serves v%1 again instead of v%2. No request fails meanwhile.',
                previous,
                live ?? '?'
              ),
      yes: canary === null ? trans.__('Roll back') : trans.__('End the canary'),
      no: trans.__('Leave it'),
      isDangerous: true
    }),
    act: ({ name: deployment }) =>
      client.answer(
        client.http.POST('/mlops/api/v1/deployments/{deployment}/rollback', {
          params: { path: { deployment } }
        })
      )
  });
}

/** Ask, then stop serving. */
export function stopDeployment(mlops: IMlops, name: string | null): Promise<void> {
  const { client, trans } = mlops;
  return act(mlops, name, {
    label: trans.__('Stop a Deployment'),
    failed: trans.__('The deployment was not stopped'),
    question: ({ name: target, url }) => ({
      title: trans.__('Stop deployment "%1"?', target),
      body: trans.__('%1 does not answer any more until it is started again.', url),
      yes: trans.__('Stop it'),
      no: trans.__('Let it serve'),
      isDangerous: true
    }),
    act: ({ name: deployment }) =>
      client.answer(
        client.http.POST('/mlops/api/v1/deployments/{deployment}/stop', { params: { path: { deployment } } })
      )
  });
}

/** Ask, then serve again. */
export function startDeployment(mlops: IMlops, name: string | null): Promise<void> {
  const { client, trans } = mlops;
  return act(mlops, name, {
    label: trans.__('Start a Deployment'),
    failed: trans.__('The deployment was not started'),
    question: ({ name: target, model, alias, live }) => ({
      title: trans.__('Start deployment "%1"?', target),
      body: trans.__('It serves %1, with the tokens that it had.', refOf(model, alias, live)),
      yes: trans.__('Start it'),
      no: trans.__('Cancel'),
      isDangerous: false
    }),
    act: ({ name: deployment }) =>
      client.answer(
        client.http.POST('/mlops/api/v1/deployments/{deployment}/start', { params: { path: { deployment } } })
      )
  });
}

/** Ask, then stop serving and delete the deployment. */
export function deleteDeployment(mlops: IMlops, name: string | null): Promise<void> {
  const { client, trans } = mlops;
  return act(mlops, name, {
    label: trans.__('Delete a Deployment'),
    failed: trans.__('The deployment was not deleted'),
    question: ({ name: target, model }) => ({
      title: trans.__('Delete deployment "%1"?', target),
      body: trans.__(
        'It stops serving; its request log and its tokens are removed. The model "%1" stays. This cannot be undone.',
        model
      ),
      yes: trans.__('Delete the deployment'),
      no: trans.__('Keep it'),
      isDangerous: true
    }),
    act: async ({ name: deployment }) => {
      const params = { path: { deployment } };
      // From now on nobody asks for it: it goes some time before the answer says so.
      remember(mlops, deployment, true);
      try {
        await client.answer(client.http.DELETE('/mlops/api/v1/deployments/{deployment}', { params }));
      } catch (error) {
        remember(mlops, deployment, false);
        renew(mlops);
        throw error;
      }
    }
  });
}

/** Ask, then make a new token and show it once. */
export function newToken(mlops: IMlops, name: string | null): Promise<void> {
  const { client, trans } = mlops;
  return act(mlops, name, {
    label: trans.__('New Token of a Deployment'),
    failed: trans.__('No new token was made'),
    question: ({ name: target }) => ({
      title: trans.__('Make a new token for "%1"?', target),
      body: trans.__('Whoever asks with the token of today is refused from then on.'),
      yes: trans.__('Make a new token'),
      no: trans.__('Keep the old one'),
      isDangerous: true
    }),
    act: async ({ name: deployment }) => {
      const { token } = await client.answer(
        client.http.POST('/mlops/api/v1/deployments/{deployment}/token', { params: { path: { deployment } } })
      );
      await showToken(mlops, deployment, token);
    }
  });
}
