/** The form of a roll back: which alias goes back to which version, and why. */

import { Notification } from '@jupyterlab/apputils';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { LongField } from '../forms/field';
import { renew } from './queries';
import { holderOf } from './words';

type Move = Form<'AliasMove'>;

/** What an alias pointed to one after the other, roll backs undone; `moves` are newest first, as the server has them. */
function stackOf(moves: readonly Move[]): (number | null)[] {
  const found: (number | null)[] = [];
  for (const move of [...moves].reverse()) {
    if (found.length === 0) {
      found.push(move.from_version);
    }
    if (move.kind === 'rollback' && found.includes(move.to_version)) {
      while (found.at(-1) !== move.to_version) {
        found.pop();
      }
    } else {
      found.push(move.to_version);
    }
  }
  return found;
}

/** The version that an alias would go back to, as the server finds it; null when its moves do not tell. */
export function backTo(
  moves: readonly Move[],
  alias: string,
  current: number,
  versions: readonly number[]
): number | null {
  const done = moves.filter(move => move.alias === alias && move.status === 'done');
  const before = stackOf(done).slice(0, -1).reverse();
  return before.find(each => each !== null && each !== current && versions.includes(each)) ?? null;
}

class RollbackForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    private readonly _model: string,
    private readonly _alias: string,
    private readonly _from: number,
    private readonly _to: number | null
  ) {}

  readonly isReady = true;
  reason = '';
  moved: Form<'Moved'> | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  async submit(): Promise<void> {
    const { client } = this._mlops;
    this.moved = await client.answer(
      client.http.POST('/mlops/api/v1/models/{model}/rollback', {
        params: { path: { model: this._model } },
        body: { alias: this._alias, reason: this.reason.trim() }
      })
    );
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this._mlops;
    return (
      <>
        <Problem error={problem} />
        <p>
          {this._to === null
            ? trans.__(
                'The alias %1 goes from v%2 back to where it was before. Deployments that follow it do the same.',
                this._alias,
                this._from
              )
            : trans.__(
                'The alias %1 goes from v%2 back to v%3. Deployments that follow it do the same.',
                this._alias,
                this._from,
                this._to
              )}
        </p>
        <LongField
          label={trans.__('Why')}
          rows={2}
          value={this.reason}
          note={trans.__('Recorded with the roll back; may be empty.')}
          onValue={value => {
            this.reason = value;
            this._changed.emit();
          }}
        />
      </>
    );
  }

  private readonly _changed = new Signal<this, void>(this);
}

/** Ask, then move an alias back to where it was; null when the user cancels. */
export async function askToRollBack(
  mlops: IMlops,
  model: Form<'ModelDetail'>,
  moves: readonly Move[],
  alias: string
): Promise<Form<'Moved'> | null> {
  const { trans } = mlops;
  const from = holderOf(model.aliases, alias);
  if (from === null) {
    throw new Error(
      trans.__('The model "%1" has no alias %2, so there is nothing to roll back.', model.name, alias)
    );
  }
  const versions = model.versions.map(each => each.version);
  const form = new RollbackForm(mlops, model.name, alias, from, backTo(moves, alias, from, versions));
  await showForm(form, {
    title: trans.__('Roll back %1 of "%2"?', alias, model.name),
    accept: trans.__('Roll back'),
    trans
  });
  if (form.moved !== null) {
    renew(mlops);
    const { from_version: left, to_version: to } = form.moved.move;
    Notification.success(
      to === null
        ? trans.__('%1 of "%2" was taken away: it pointed nowhere before', alias, model.name)
        : trans.__('%1 of "%2" is v%3 again, it was v%4', alias, model.name, to, left ?? from),
      { autoClose: 8000 }
    );
  }
  return form.moved;
}
