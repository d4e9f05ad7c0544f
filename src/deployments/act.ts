/** What every verb of a deployment does: it finds its target, asks by name, and says what went wrong. */

import { type ISignal, Signal } from '@lumino/signaling';
import type React from 'react';
import { createElement, Fragment } from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { choose } from '../models/choose';
import { renew } from '../models/queries';
import { ask, complain, type IQuestion } from '../runs/actions';
import { waiting } from '../ui/waiting';
import { GateWatch } from './gatewatch';
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
    return waiting(trans, words.title, askDeployment(client, name));
  }
  const known = await waiting(trans, words.title, askDeployments(client));
  if (known === null) {
    return null;
  }
  const names = known.map(each => each.name);
  if (names.length === 0) {
    throw new Error(trans.__('There is no deployment yet: open a model and press Deploy….'));
  }
  const chosen = await choose(mlops, { ...words, label: trans.__('Deployment') }, names);
  return chosen === null ? null : waiting(trans, words.title, askDeployment(client, chosen));
}

/** What a verb of one deployment needs. */
export interface IVerb {
  /** In the dialog that asks which, as in the palette. */
  readonly label: string;
  readonly failed: string;
  readonly question: (deployment: Detail) => IQuestion;
  readonly act: (deployment: Detail) => Promise<unknown>;
  /** The version whose gates the question tells of; 0 and none say nothing of gates. */
  readonly watch?: number;
}

/** A question of traffic, with what the gates say of the version that is to get it. */
class WatchedForm implements IForm {
  constructor(
    mlops: IMlops,
    deployment: Detail,
    private readonly _body: string,
    version: number,
    private readonly _act: () => Promise<unknown>
  ) {
    this._gates = new GateWatch(mlops, deployment, () => {
      this._changed.emit();
    });
    this._gates.look(version);
  }

  readonly isReady = true;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  async submit(): Promise<void> {
    await this._act();
  }

  render(problem: Error | null): React.JSX.Element {
    return createElement(
      Fragment,
      null,
      createElement(Problem, { error: problem }),
      createElement('p', null, this._body),
      this._gates.render()
    );
  }

  private readonly _gates: GateWatch;
  private readonly _changed = new Signal<this, void>(this);
}

/** Find a deployment, ask, then act. */
export async function act(mlops: IMlops, name: string | null, verb: IVerb): Promise<void> {
  try {
    const words = { title: verb.label, accept: mlops.trans.__('Continue…') };
    const deployment = await found(mlops, name, words);
    if (deployment === null) {
      return;
    }
    const question = verb.question(deployment);
    if (verb.watch !== undefined && verb.watch !== 0) {
      const form = new WatchedForm(mlops, deployment, question.body, verb.watch, () => verb.act(deployment));
      await showForm(form, { title: question.title, accept: question.yes, trans: mlops.trans });
      renew(mlops);
    } else if (await ask(question)) {
      await verb.act(deployment);
      renew(mlops);
    }
  } catch (error) {
    await complain(mlops, verb.failed, error);
  }
}
