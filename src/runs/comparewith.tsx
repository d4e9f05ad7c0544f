/** The form that asks which run another one is compared with. */

import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { Field } from '../forms/field';
import { wordOf } from '../ui/mark';
import { when } from '../ui/words';
import { metricsText } from './row';

type Row = Form<'RunRow'>;

/** How a run is called among others of its name: when it was, how it ended, its first metrics. */
function textOf(mlops: IMlops, run: Row, name: string): string {
  const version = run.job === null ? '' : `v${run.job.version}`;
  const said = [
    run.name === name ? '' : run.name,
    version,
    when(run.created_at, Date.now(), true),
    wordOf(run.status, mlops.trans),
    metricsText(run, 2)
  ];
  return said.filter(text => text !== '').join(' · ');
}

export class CompareForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    private readonly _run: Row,
    /** The runs that it can be compared with; the first one is chosen. */
    readonly others: readonly Row[]
  ) {
    this.chosen = others[0]?.id ?? '';
  }

  readonly isReady = true;
  chosen: string;
  isSent = false;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  submit(): Promise<void> {
    this.isSent = true;
    return Promise.resolve();
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this._mlops;
    return (
      <>
        <Problem error={problem} />
        <Field
          label={trans.__('Compare it with')}
          note={trans.__('To compare more than two, select them in the list of runs (Ctrl-click).')}
        >
          {ids => (
            <select
              {...ids}
              className="jp-mod-styled"
              value={this.chosen}
              onChange={event => {
                this.chosen = event.target.value;
                this._changed.emit();
              }}
            >
              {this.others.map(run => (
                <option key={run.id} value={run.id}>
                  {textOf(this._mlops, run, this._run.name)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </>
    );
  }

  private readonly _changed = new Signal<this, void>(this);
}

/** Ask which run to compare with; its id, or null when the user cancels. */
export async function askOther(mlops: IMlops, run: Row, others: readonly Row[]): Promise<string | null> {
  const { trans } = mlops;
  const form = new CompareForm(mlops, run, others);
  const title = trans.__('Compare run "%1" of %2', run.name, when(run.created_at, Date.now(), true));
  await showForm(form, { title, accept: trans.__('Compare'), trans });
  return form.isSent ? form.chosen : null;
}
