/** Who gets how many of the requests: a canary, its promotion, a shadow. Without a version a form asks for one. */

import type { IMlops } from '../context';
import { askModel } from '../models/queries';
import { complain } from '../runs/actions';
import { act, found } from './act';
import { change } from './change';
import { askForShadow, askForTraffic } from './trafficform';
import { trafficText } from './words';

/** Ask, then give a version a share of the requests; 0 ends its canary, 100 makes it live. */
function route(mlops: IMlops, name: string, version: number, percent: number): Promise<void> {
  const { client, trans } = mlops;
  return act(mlops, name, {
    label: trans.__('Traffic of a Deployment'),
    failed: trans.__('The traffic was not changed'),
    question: deployment => ({
      title:
        percent === 0
          ? trans.__('End the canary of v%1 in "%2"?', version, name)
          : percent === 100
            ? trans.__('Make v%1 live in "%2"?', version, name)
            : trans.__('Give v%1 %2 % of the requests of "%3"?', version, percent, name),
      body: [
        trans.__('Now: %1.', trafficText(deployment, trans)),
        percent === 0
          ? trans.__('All requests go to the live version again.')
          : trans.__('It is loaded and checked first. Too many errors of it and it is taken back by itself.'),
        percent === 100 && deployment.alias !== null
          ? trans.__('The alias %1 stays where it is: promote the version to move it too.', deployment.alias)
          : ''
      ]
        .filter(text => text !== '')
        .join(' '),
      yes: trans.__('Change the traffic'),
      no: trans.__('Leave it'),
      isDangerous: false
    }),
    watch: percent === 0 ? 0 : version,
    act: () => change(client, name, { canary: version, percent })
  });
}

/** Ask, then let a version answer in the shadow; 0 ends it. */
function shade(mlops: IMlops, name: string, version: number): Promise<void> {
  const { client, trans } = mlops;
  return act(mlops, name, {
    label: trans.__('Shadow of a Deployment'),
    failed: trans.__('The shadow was not changed'),
    question: () => ({
      title:
        version === 0
          ? trans.__('End the shadow in "%1"?', name)
          : trans.__('Let v%1 answer in the shadow of "%2"?', version, name),
      body:
        version === 0
          ? trans.__('The live version answers as before.')
          : trans.__('It gets every request too; its answers are compared and not returned.'),
      yes: version === 0 ? trans.__('End it') : trans.__('Let it answer'),
      no: trans.__('Leave it'),
      isDangerous: false
    }),
    watch: version,
    act: () => change(client, name, { shadow: version })
  });
}

/** Give a version a share of the requests: after a question, or by a form where something is not said. */
export async function routeDeployment(
  mlops: IMlops,
  name: string | null,
  version: number | null,
  percent: number | null
): Promise<void> {
  if (name !== null && version !== null && percent !== null) {
    return route(mlops, name, version, percent);
  }
  const { client, trans } = mlops;
  try {
    const words = { title: trans.__('Traffic of a Deployment'), accept: trans.__('Continue…') };
    const deployment = await found(mlops, name, words);
    if (deployment !== null) {
      await askForTraffic(mlops, deployment, await askModel(client, deployment.model));
    }
  } catch (error) {
    await complain(mlops, trans.__('The traffic was not changed'), error);
  }
}

/** Let a version answer in the shadow: after a question, or by a form where it is not said which. */
export async function shadowDeployment(
  mlops: IMlops,
  name: string | null,
  version: number | null
): Promise<void> {
  if (name !== null && version !== null) {
    return shade(mlops, name, version);
  }
  const { client, trans } = mlops;
  try {
    const words = { title: trans.__('Shadow of a Deployment'), accept: trans.__('Continue…') };
    const deployment = await found(mlops, name, words);
    if (deployment !== null) {
      await askForShadow(mlops, deployment, await askModel(client, deployment.model));
    }
  } catch (error) {
    await complain(mlops, trans.__('The shadow was not changed'), error);
  }
}

/** Ask, then make the canary live. */
export async function promoteCanary(mlops: IMlops, name: string | null): Promise<void> {
  const { trans } = mlops;
  try {
    const words = { title: trans.__('Promote the Canary of a Deployment'), accept: trans.__('Continue…') };
    const deployment = await found(mlops, name, words);
    if (deployment === null) {
      return;
    }
    if (deployment.canary === null) {
      throw new Error(
        trans.__('"%1" has no canary: give a version a share of its requests first.', deployment.name)
      );
    }
    await route(mlops, deployment.name, deployment.canary, 100);
  } catch (error) {
    await complain(mlops, trans.__('The canary was not promoted'), error);
  }
}
