/** The form that makes a deployment. */

import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { TextField } from '../forms/field';
import { renew } from '../models/queries';
import { type ILogTexts, LogFields, logOf, logTexts, RefField } from './fields';
import { remember } from './queries';
import { freeName, isDeploymentName } from './words';

interface ITarget {
  readonly model: Form<'ModelDetail'>;
  /** What is served unless the user chooses another: `churn@champion`, `churn/5`. */
  readonly ref: string;
  /** The names that are taken. */
  readonly taken: readonly string[];
}

/** A whole number in a text; null when it is none between the two. */
function wholeIn(text: string, least: number, most: number): number | null {
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
}

export class DeployForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    private readonly _target: ITarget
  ) {
    this._name = freeName(_target.model.name, _target.taken);
    this._ref = _target.ref;
  }

  deployed: Form<'Deployed'> | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isReady(): boolean {
    return this._body() !== null;
  }

  async submit(): Promise<void> {
    const body = this._body();
    if (body !== null) {
      const { client } = this._mlops;
      this.deployed = await client.answer(client.http.POST('/mlops/api/v1/deployments', { body }));
    }
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this._mlops;
    const isTaken = this._target.taken.includes(this._name);
    const isName = isDeploymentName(this._name) && !isTaken;
    const isWorkers = wholeIn(this._workers, 1, 64) !== null;
    const isPort = wholeIn(this._port, 0, 65_535) !== null;
    return (
      <>
        <Problem error={problem} />
        <TextField
          label={trans.__('Name')}
          value={this._name}
          isBad={!isName}
          note={
            isTaken
              ? trans.__('There is a deployment of this name.')
              : isName
                ? trans.__('Its token is shown once, when it is made.')
                : trans.__('Letters, digits, ".", "_" and "-"; it begins with a letter or a digit.')
          }
          onValue={this._writer(text => (this._name = text))}
        />
        <RefField
          mlops={this._mlops}
          model={this._target.model}
          value={this._ref}
          onValue={this._writer(text => (this._ref = text))}
        />
        <details className="jp-MlopsForm-warnings">
          <summary>{trans.__('More')}</summary>
          <TextField
            label={trans.__('Processes per version')}
            value={this._workers}
            isBad={!isWorkers}
            note={isWorkers ? '' : trans.__('A number from 1 to 64.')}
            onValue={this._writer(text => (this._workers = text))}
          />
          <TextField
            label={trans.__('Port')}
            value={this._port}
            isBad={!isPort}
            note={
              isPort ? trans.__('On this machine only; 0 is a free one.') : trans.__('A number up to 65535.')
            }
            onValue={this._writer(text => (this._port = text))}
          />
          <TextField
            label={trans.__('Python')}
            value={this._python}
            placeholder={trans.__('that of this server')}
            note={trans.__('The interpreter of another environment, for a model that this one does not fit.')}
            onValue={this._writer(text => (this._python = text))}
          />
          <LogFields
            mlops={this._mlops}
            value={this._log}
            onValue={value => {
              this._log = value;
              this._changed.emit();
            }}
          />
        </details>
      </>
    );
  }

  private _writer(write: (text: string) => void): (text: string) => void {
    return text => {
      write(text);
      this._changed.emit();
    };
  }

  /** What is sent; null while something is wrong with it. */
  private _body(): Form<'DeployBody'> | null {
    const [workers, port] = [wholeIn(this._workers, 1, 64), wholeIn(this._port, 0, 65_535)];
    const log = logOf(this._log);
    const isName = isDeploymentName(this._name) && !this._target.taken.includes(this._name);
    if (!isName || workers === null || port === null || log === null) {
      return null;
    }
    const python = this._python.trim();
    const body = {
      name: this._name,
      model: this._ref,
      workers,
      port,
      log,
      python: python === '' ? null : python
    };
    // The limits are the server's own defaults.
    return body as Form<'DeployBody'>;
  }

  private _name: string;
  private _ref: string;
  private _workers = '1';
  private _port = '0';
  private _python = '';
  private _log: ILogTexts = logTexts({ sample: 0.1, exclude: [] });
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask how to serve a model, and serve it; null when the user cancels. */
export async function askToDeploy(mlops: IMlops, target: ITarget): Promise<Form<'Deployed'> | null> {
  const { trans } = mlops;
  const form = new DeployForm(mlops, target);
  const title = trans.__('Deploy model "%1"?', target.model.name);
  await showForm(form, { title, accept: trans.__('Deploy'), trans });
  if (form.deployed !== null) {
    remember(mlops, form.deployed.deployment.name, false);
    renew(mlops);
  }
  return form.deployed;
}
