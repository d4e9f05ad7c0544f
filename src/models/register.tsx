/** Registering a model that a run logged: with one click on the run's page, or in a form that a command opens. */

import { Notification } from '@jupyterlab/apputils';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { Field, TextField } from '../forms/field';
import { askLogged, askModels, renew } from './queries';
import { isModelName, nameFor } from './words';

type Logged = Form<'LoggedModel'>;

/** Register a model that a run logged, and say which version it is. */
export async function register(
  mlops: IMlops,
  run: string,
  logged: Logged,
  name: string
): Promise<Form<'VersionDetail'>> {
  const { client, app, trans } = mlops;
  const made = await client.answer(
    client.http.POST('/mlops/api/v1/models', {
      body: { run, step: logged.step, logged: logged.id, name: name.trim() }
    })
  );
  renew(mlops);
  const { model, version } = made;
  Notification.success(trans.__('Registered as "%1" v%2', model, version), {
    autoClose: 10_000,
    actions: [
      {
        label: trans.__('Open'),
        callback: () => void app.commands.execute(CommandIds.openModel, { model, version })
      }
    ]
  });
  return made;
}

class RegisterForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    private readonly _run: Form<'RunDetail'>,
    private readonly _logged: readonly Logged[],
    private readonly _models: readonly Form<'Model'>[],
    chosen: Logged
  ) {
    this._chosen = chosen;
    this.name = nameFor(chosen, _run.name);
  }

  name: string;
  made: Form<'VersionDetail'> | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isReady(): boolean {
    return isModelName(this.name);
  }

  async submit(): Promise<void> {
    this.made = await register(this._mlops, this._run.id, this._chosen, this.name);
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this._mlops;
    const found = this._models.find(model => model.name === this.name.trim());
    return (
      <>
        <Problem error={problem} />
        {this._logged.length === 1 ? null : (
          <Field label={trans.__('Logged as')}>
            {ids => (
              <select
                {...ids}
                className="jp-mod-styled"
                value={this._chosen.id}
                onChange={event => {
                  this._chosen = this._logged.find(each => each.id === event.target.value) ?? this._chosen;
                  this.name = nameFor(this._chosen, this._run.name);
                  this._changed.emit();
                }}
              >
                {this._logged.map(each => (
                  <option key={each.id} value={each.id}>
                    {trans.__('%1 of step %2', each.name, each.step)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <TextField
          label={trans.__('Name')}
          value={this.name}
          offers={this._models.map(model => model.name)}
          isBad={!isModelName(this.name)}
          note={
            !isModelName(this.name)
              ? trans.__('A name without "/" and ":".')
              : found === undefined
                ? trans.__('a new model')
                : trans.__('another version of the model, of which v%1 is the newest', found.latest ?? 0)
          }
          onValue={value => {
            this.name = value;
            this._changed.emit();
          }}
        />
      </>
    );
  }

  private _chosen: Logged;
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask under which name to register a model of a run, and register it; null when the user cancels. */
export async function askToRegister(
  mlops: IMlops,
  run: string,
  id: string | null
): Promise<Form<'VersionDetail'> | null> {
  const { client, trans } = mlops;
  const asked = client.http.GET('/mlops/api/v1/runs/{run}', { params: { path: { run } } });
  const [detail, logged, models] = await Promise.all([
    client.answer(asked),
    askLogged(client, run),
    askModels(client)
  ]);
  const chosen = logged.find(each => each.id === id) ?? logged[0];
  if (chosen === undefined) {
    throw new Error(
      trans.__(
        'The run "%1" logged no model. A step logs one with mlflow.*.log_model, or by autolog.',
        detail.name
      )
    );
  }
  const form = new RegisterForm(mlops, detail, logged, models, chosen);
  await showForm(form, {
    title: trans.__('Register the model of step "%1" of run "%2"?', chosen.step, detail.name),
    accept: trans.__('Register'),
    trans
  });
  return form.made;
}
