/** What every verb of a deployment does: it finds its target, asks by name, and says what went wrong. */

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { choose } from '../models/choose';
import { renew } from '../models/queries';
import { ask, complain, type IQuestion } from '../runs/actions';
import { askDeployment, askDeployments } from './queries';

type Detail = Form<'DeploymentDetail'>;

/** Return the deployment of a name, or the one that the user chooses; null when he chooses none. */
export async function found(
  mlops: IMlops,
  name: string | null,
  words: { title: string; accept: string }
): Promise<Detail | null> {
  const { client, trans } = mlops;
  if (name !== null) {
    return askDeployment(client, name);
  }
  const names = (await askDeployments(client)).map(each => each.name);
  if (names.length === 0) {
    throw new Error(trans.__('There is no deployment yet: open a model and press Deploy….'));
  }
  const chosen = await choose(mlops, { ...words, label: trans.__('Deployment') }, names);
  return chosen === null ? null : askDeployment(client, chosen);
}

/** What a verb of one deployment needs. */
export interface IVerb {
  /** In the dialog that asks which, as in the palette. */
  readonly label: string;
  readonly failed: string;
  readonly question: (deployment: Detail) => IQuestion;
  readonly act: (deployment: Detail) => Promise<unknown>;
}

/** Find a deployment, ask, then act. */
export async function act(mlops: IMlops, name: string | null, verb: IVerb): Promise<void> {
  try {
    const words = { title: verb.label, accept: mlops.trans.__('Continue…') };
    const deployment = await found(mlops, name, words);
    if (deployment !== null && (await ask(verb.question(deployment)))) {
      await verb.act(deployment);
      renew(mlops);
    }
  } catch (error) {
    await complain(mlops, verb.failed, error);
  }
}
