/** The form that changes what a deployment serves, and what it logs. */

import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { renew } from '../models/queries';
import { change } from './change';
import { type ILogTexts, LogFields, logOf, logTexts, RefField } from './fields';
import { refOf } from './words';

class SettingsForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    private readonly _deployment: Form<'DeploymentDetail'>,
    private readonly _model: Form<'ModelDetail'>
  ) {
    this._ref = this._before = refOf(_deployment.model, _deployment.alias, _deployment.live);
    this._log = logTexts(_deployment.log);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isReady(): boolean {
    return logOf(this._log) !== null;
  }

  async submit(): Promise<void> {
    await change(this._mlops.client, this._deployment.name, {
      log: logOf(this._log),
      ...(this._ref === this._before ? {} : { model: this._ref })
    });
  }

  render(problem: Error | null): React.JSX.Element {
    return (
      <>
        <Problem error={problem} />
        <RefField
          mlops={this._mlops}
          model={this._model}
          value={this._ref}
          onValue={ref => {
            this._ref = ref;
            this._changed.emit();
          }}
        />
        <LogFields
          mlops={this._mlops}
          value={this._log}
          onValue={log => {
            this._log = log;
            this._changed.emit();
          }}
        />
      </>
    );
  }

  private _ref: string;
  private readonly _before: string;
  private _log: ILogTexts;
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask what a deployment serves and logs from now on, and change it. */
export async function askForSettings(
  mlops: IMlops,
  deployment: Form<'DeploymentDetail'>,
  model: Form<'ModelDetail'>
): Promise<void> {
  const { trans } = mlops;
  const form = new SettingsForm(mlops, deployment, model);
  const title = trans.__('Change deployment "%1"?', deployment.name);
  if (await showForm(form, { title, accept: trans.__('Change'), trans })) {
    renew(mlops);
  }
}
