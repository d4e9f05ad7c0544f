/** The form of a promotion: the alias, what the gates say of the version, and why they are overridden. */

import { Notification } from '@jupyterlab/apputils';
import { Debouncer } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { MlopsContext } from '../ui/hooks';
import { LongField, TextField } from '../forms/field';
import { GateList } from './gatelist';
import { askGates, renew } from './queries';
import { CANDIDATE, CHAMPION, failing, gatesText, holderOf, PREVIOUS, previousOf } from './words';

const PAUSE_MS = 300;

interface ITarget {
  readonly model: Form<'ModelDetail'>;
  readonly version: number;
  readonly alias: string;
  /** The deployments, to say which of them follow the alias. */
  readonly deployments: readonly Form<'Deployment'>[];
}

export class PromoteForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    readonly target: ITarget
  ) {
    this.alias = target.alias;
    void this._look();
  }

  alias: string;
  reason = '';
  moved: Form<'Moved'> | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What the gates said of the alias as it is typed; null while they are asked. */
  get report(): Form<'GateReport'> | null {
    return this._report;
  }

  get isReady(): boolean {
    const { _report: report } = this;
    return report !== null && !this._isHeld && this._isAlias && (report.is_open || this.reason.trim() !== '');
  }

  dispose(): void {
    this._later.dispose();
  }

  async submit(): Promise<void> {
    const { client } = this._mlops;
    const { model, version } = this.target;
    const isOverride = this._report !== null && !this._report.is_open;
    this.moved = await client.answer(
      client.http.POST('/mlops/api/v1/models/{model}/promote', {
        params: { path: { model: model.name } },
        // A reason overrides: without gates that fail now, gates that fail a moment later still refuse.
        body: { version, alias: this.alias.trim(), reason: isOverride ? this.reason.trim() : '' }
      })
    );
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this._mlops;
    const { model } = this.target;
    const offers = [...new Set([CHAMPION, CANDIDATE, ...model.aliases.map(each => each.alias)])];
    return (
      <MlopsContext.Provider value={this._mlops}>
        <Problem error={problem} />
        <TextField
          label={trans.__('Alias')}
          value={this.alias}
          offers={offers.filter(each => each !== PREVIOUS && !each.startsWith(`${PREVIOUS}-`))}
          isBad={!this._isAlias || this._isHeld}
          note={this._note()}
          onValue={value => {
            this.alias = value;
            this._report = null;
            this._error = null;
            this._changed.emit();
            void this._later.invoke();
          }}
        />
        {this._gates()}
      </MlopsContext.Provider>
    );
  }

  private get _isAlias(): boolean {
    return this.alias.trim() !== '' && !/[/:@]/.test(this.alias);
  }

  /** Whether the alias points to the version already. */
  private get _isHeld(): boolean {
    return holderOf(this.target.model.aliases, this.alias.trim()) === this.target.version;
  }

  private _note(): string {
    const { trans } = this._mlops;
    const { model, version, deployments } = this.target;
    if (!this._isAlias) {
      return trans.__('A name without "/", ":" and "@".');
    }
    if (this._isHeld) {
      return trans.__('It points to v%1 already.', version);
    }
    const alias = this.alias.trim();
    const held = holderOf(model.aliases, alias);
    const followers = deployments
      .filter(each => each.model === model.name && each.alias === alias && each.status !== 'stopped')
      .map(each => `"${each.name}"`);
    return [
      held === null
        ? trans.__('The alias is new.')
        : alias === CANDIDATE
          ? trans.__('It is v%1 now.', held)
          : trans.__('It is v%1 now, which is kept as %2.', held, previousOf(alias)),
      followers.length === 0
        ? ''
        : trans.__('Served by %1: v%2 is loaded, checked, then swapped in.', followers.join(', '), version)
    ]
      .filter(text => text !== '')
      .join(' ');
  }

  private _gates(): React.JSX.Element | null {
    const { trans } = this._mlops;
    const { _report: report } = this;
    if (!this._isAlias || this._isHeld) {
      return null;
    }
    if (this._error !== null) {
      return <Problem error={this._error} />;
    }
    if (report === null) {
      return <p role="status">{trans.__('Asking the gates…')}</p>;
    }
    if (report.gates.length === 0) {
      return <p className="jp-MlopsForm-note">{trans.__('This model has no gates: nothing is checked.')}</p>;
    }
    const failed = failing(report.gates);
    return (
      <>
        <h4 className="jp-MlopsForm-title">
          {trans.__('Gates')} <span className="jp-MlopsHint">{gatesText(report.gates, trans)}</span>
        </h4>
        <GateList gates={report.gates} />
        {report.is_open ? null : (
          <LongField
            label={trans._n('Why this gate is overridden', 'Why these gates are overridden', failed.length)}
            value={this.reason}
            note={trans.__('Recorded with the promotion, under your name.')}
            onValue={value => {
              this.reason = value;
              this._changed.emit();
            }}
          />
        )}
      </>
    );
  }

  private async _look(): Promise<void> {
    const { client } = this._mlops;
    const { model, version } = this.target;
    const { alias } = this;
    if (this._isAlias && !this._isHeld) {
      let report: Form<'GateReport'> | null = null;
      let error: Error | null = null;
      try {
        report = await askGates(client, model.name, version, alias.trim());
      } catch (caught) {
        error = caught instanceof Error ? caught : new Error(String(caught));
      }
      if (alias === this.alias) {
        this._report = report;
        this._error = error;
      }
    }
    this._changed.emit();
  }

  private readonly _later = new Debouncer(() => this._look(), PAUSE_MS);
  private _report: Form<'GateReport'> | null = null;
  private _error: Error | null = null;
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask where to promote a version to, and promote it; null when the user cancels. */
export async function askToPromote(mlops: IMlops, target: ITarget): Promise<Form<'Moved'> | null> {
  const { trans } = mlops;
  const form = new PromoteForm(mlops, target);
  await showForm(form, {
    title: trans.__('Promote %1 v%2?', `"${target.model.name}"`, target.version),
    accept: trans.__('Promote'),
    trans
  });
  form.dispose();
  if (form.moved !== null) {
    renew(mlops);
    const { alias, from_version: from } = form.moved.move;
    Notification.success(
      from === null
        ? trans.__('%1 of "%2" is v%3 now', alias, target.model.name, target.version)
        : trans.__('%1 of "%2" is v%3 now, it was v%4', alias, target.model.name, target.version, from),
      { autoClose: 8000 }
    );
  }
  return form.moved;
}
