/** The forms of the traffic: a canary and its share, a version in the shadow. They name their deployment. */

import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { Field, TextField } from '../forms/field';
import { renew } from '../models/queries';
import { inOrder } from '../models/words';
import { change } from './change';
import { GateWatch } from './gatewatch';
import { fittest, trafficText } from './words';

type Deployment = Form<'DeploymentDetail'>;
type Model = Form<'ModelDetail'>;

/** The versions that may get requests beside the live one, newest first. */
export function othersOf(deployment: Deployment, model: Model): number[] {
  return model.versions.map(each => each.version).filter(version => version !== deployment.live);
}

/** The share that a text means, in percent; null when it means none. */
export function percentOf(text: string): number | null {
  return /^\d{1,3}$/.test(text.trim()) && Number(text) <= 100 ? Number(text) : null;
}

function VersionField(props: {
  mlops: IMlops;
  label: string;
  note: string;
  model: Model;
  versions: readonly number[];
  value: number;
  none?: string;
  onValue: (version: number) => void;
}): React.JSX.Element {
  const { label, note, model, versions, value, none, onValue } = props;
  const names = (version: number): string =>
    inOrder(model.aliases)
      .filter(each => each.version === version)
      .map(each => each.alias)
      .join(', ');
  return (
    <Field label={label} note={note}>
      {ids => (
        <select
          {...ids}
          className="jp-mod-styled"
          value={value}
          onChange={event => {
            onValue(Number(event.target.value));
          }}
        >
          {none === undefined ? null : <option value={0}>{none}</option>}
          {versions.map(version => (
            <option key={version} value={version}>
              {names(version) === '' ? `v${version}` : `v${version} ${names(version)}`}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

abstract class VersionForm implements IForm {
  constructor(
    protected readonly mlops: IMlops,
    protected readonly deployment: Deployment,
    protected readonly model: Model,
    protected version: number
  ) {
    this.versions = othersOf(deployment, model);
    this.gates = new GateWatch(mlops, deployment, () => {
      this._changed.emit();
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  abstract readonly isReady: boolean;
  abstract submit(): Promise<void>;
  abstract render(problem: Error | null): React.JSX.Element;

  protected set(write: () => void): void {
    write();
    this._changed.emit();
  }

  protected readonly gates: GateWatch;
  protected readonly versions: number[];
  private readonly _changed = new Signal<this, void>(this);
}

class TrafficForm extends VersionForm {
  get isReady(): boolean {
    return percentOf(this._percent) !== null && this.version !== 0;
  }

  async submit(): Promise<void> {
    const { client } = this.mlops;
    await change(client, this.deployment.name, { canary: this.version, percent: percentOf(this._percent) });
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this.mlops;
    const percent = percentOf(this._percent);
    const { live } = this.deployment;
    this.gates.look(percent === 0 ? 0 : this.version);
    return (
      <>
        <Problem error={problem} />
        <p>{trans.__('Now: %1.', trafficText(this.deployment, trans))}</p>
        <VersionField
          mlops={this.mlops}
          label={trans.__('Canary')}
          note={trans.__(
            'It is loaded and checked first. Too many errors of it and it is taken back by itself.'
          )}
          model={this.model}
          versions={this.versions}
          value={this.version}
          onValue={version => {
            this.set(() => (this.version = version));
          }}
        />
        <TextField
          label={trans.__('Its share, in %')}
          value={this._percent}
          isBad={percent === null}
          offers={['0', '10', '50', '100']}
          note={
            percent === null
              ? trans.__('A number from 0 to 100.')
              : percent === 0
                ? trans.__('0 ends the canary: all requests go to v%1.', live ?? '?')
                : percent === 100
                  ? trans.__('100 makes v%1 live instead of v%2.', this.version, live ?? '?')
                  : trans.__('v%1 gets %2 %, v%3 %4 %.', this.version, percent, live ?? '?', 100 - percent)
          }
          onValue={text => {
            this.set(() => (this._percent = text));
          }}
        />
        {this.gates.render()}
      </>
    );
  }

  private _percent = this.deployment.canary === null ? '10' : String(this.deployment.percent);
}

class ShadowForm extends VersionForm {
  readonly isReady = true;

  async submit(): Promise<void> {
    await change(this.mlops.client, this.deployment.name, { shadow: this.version });
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this.mlops;
    this.gates.look(this.version);
    return (
      <>
        <Problem error={problem} />
        <VersionField
          mlops={this.mlops}
          label={trans.__('In the shadow')}
          note={trans.__('It gets every request too; its answers are compared and not returned.')}
          model={this.model}
          versions={this.versions}
          value={this.version}
          none={trans.__('none')}
          onValue={version => {
            this.set(() => (this.version = version));
          }}
        />
        {this.gates.render()}
      </>
    );
  }
}

async function show(mlops: IMlops, form: VersionForm, title: string): Promise<void> {
  await showForm(form, { title, accept: mlops.trans.__('Apply'), trans: mlops.trans });
  renew(mlops);
}

/** Ask for a canary and its share. */
export async function askForTraffic(mlops: IMlops, deployment: Deployment, model: Model): Promise<void> {
  const { trans } = mlops;
  const { name, canary, live } = deployment;
  const newest = fittest(deployment, othersOf(deployment, model));
  if (newest === undefined || live === null) {
    throw new Error(
      live === null
        ? trans.__('"%1" serves nothing yet.', name)
        : trans.__('All requests go to v%1: the model has no other version.', live)
    );
  }
  const form = new TrafficForm(mlops, deployment, model, canary ?? newest);
  await show(mlops, form, trans.__('Traffic of deployment "%1"', name));
}

/** Ask for a version in the shadow. */
export async function askForShadow(mlops: IMlops, deployment: Deployment, model: Model): Promise<void> {
  const form = new ShadowForm(mlops, deployment, model, deployment.shadow ?? 0);
  await show(mlops, form, mlops.trans.__('Shadow of deployment "%1"', deployment.name));
}
