/** The form of a roll back: which alias goes back to which version, and why. */

import { Notification } from '@jupyterlab/apputils';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { LongField } from './field';
import { renew } from './queries';
import { holderOf } from './words';

type Move = Form<'AliasMove'>;

/** The version that an alias would go back to, as far as its moves tell; null when there is none. */
export function backTo(moves: readonly Move[], alias: string, current: number | null): number | null {
  const done = moves.filter(move => move.alias === alias && move.status === 'done');
  // Newest first. The move that led to where the alias is now says where it was before; roll backs undo, so what
  // they left is not gone back to.
  let depth = 0;
  for (const move of done) {
    if (move.kind === 'rollback') {
      depth += 1;
    } else if (depth > 0) {
      depth -= 1;
    } else {
      return move.from_version === current ? null : move.from_version;
    }
  }
  return null;
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
  const form = new RollbackForm(mlops, model.name, alias, from, backTo(moves, alias, from));
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
