/** The form of a run: which values, which steps. It is shown for every run, and names what it runs. */

import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from './dialog';
import { FieldRows, Fields } from './fields';
import { mendingOf } from './mending';
import { Checks, type IMending, isRefused } from './parts';
import { recall, remember } from './remembered';

/** What is run: a notebook, saved as it is now, or a version of a job. */
export interface IRunTarget {
  readonly body: { readonly path: string } | { readonly job: string };
  /** How it is called in the title. */
  readonly name: string;
  readonly parameters: readonly Form<'Parameter'>[];
  /** In their order; empty when they are not known. */
  readonly steps: readonly string[];
  readonly findings: readonly Form<'Finding'>[];
  /** The steps that are ticked at first; null is all. */
  readonly chosen: readonly string[] | null;
}

type Which = 'all' | 'only' | 'from';

/** What is typed into the form of a run. */
export class RunForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    readonly target: IRunTarget,
    remembered: Readonly<Record<string, string>>
  ) {
    this.fields = new Fields(target.parameters, remembered);
    this.fields.changed.connect(() => {
      this._changed.emit();
    });
    const chosen = target.chosen?.filter(step => target.steps.includes(step)) ?? [];
    this.which = chosen.length > 0 ? 'only' : 'all';
    this.only = new Set(chosen);
    this.from = target.steps[0] ?? '';
    this._mending =
      'path' in target.body
        ? mendingOf(_mlops, target.body.path, CommandIds.runNotebook, instead => {
            this.instead = instead;
            this._changed.emit();
          })
        : undefined;
  }

  instead: (() => Promise<void>) | null = null;

  readonly fields: Fields;
  readonly only: Set<string>;
  which: Which;
  from: string;
  noCache = false;
  /** The run that was started. */
  started: Form<'RunDetail'> | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isReady(): boolean {
    const hasSteps = this.which !== 'only' || this.only.size > 0;
    return hasSteps && !isRefused(this.target.findings) && this.fields.isReady();
  }

  change(what: Partial<Pick<RunForm, 'which' | 'from' | 'noCache'>>): void {
    Object.assign(this, what);
    this._changed.emit();
  }

  tick(step: string, isOn: boolean): void {
    if (isOn) {
      this.only.add(step);
    } else {
      this.only.delete(step);
    }
    this._changed.emit();
  }

  async submit(): Promise<void> {
    const { client } = this._mlops;
    const { parameters, texts } = this.fields.given;
    const steps = this.which === 'only' ? this.target.steps.filter(step => this.only.has(step)) : null;
    this.started = await client.answer(
      client.http.POST('/mlops/api/v1/runs', {
        body: {
          path: null,
          job: null,
          ...this.target.body,
          parameters,
          texts,
          steps,
          from_step: this.which === 'from' ? this.from : null,
          no_cache: this.noCache,
          ignore: []
        }
      })
    );
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this._mlops;
    return (
      <>
        <Problem error={problem} />
        <Checks findings={this.target.findings} trans={trans} mending={this._mending} />
        <FieldRows fields={this.fields} trans={trans} />
        {this.target.steps.length > 1 ? this._steps() : null}
        <label className="jp-MlopsForm-check">
          <input
            type="checkbox"
            checked={this.noCache}
            onChange={event => {
              this.change({ noCache: event.target.checked });
            }}
          />
          {trans.__('Run every step, even where a tag lets an earlier result be reused')}
        </label>
      </>
    );
  }

  private _steps(): React.JSX.Element {
    const { trans } = this._mlops;
    const { steps } = this.target;
    const words: [Which, string][] = [
      ['all', trans.__('all %1', steps.length)],
      ['from', trans.__('from a step on')],
      ['only', trans.__('only some')]
    ];
    return (
      <fieldset className="jp-MlopsForm-steps">
        <legend>{trans.__('Steps')}</legend>
        {words.map(([which, word]) => (
          <label key={which} className="jp-MlopsForm-check">
            <input
              type="radio"
              name="jp-mlops-which"
              checked={this.which === which}
              onChange={() => {
                this.change({ which });
              }}
            />
            {word}
          </label>
        ))}
        {this.which === 'from' ? (
          <select
            className="jp-mod-styled"
            aria-label={trans.__('The first step that runs')}
            value={this.from}
            onChange={event => {
              this.change({ from: event.target.value });
            }}
          >
            {steps.map(step => (
              <option key={step} value={step}>
                {step}
              </option>
            ))}
          </select>
        ) : null}
        {this.which === 'only' ? (
          <div className="jp-MlopsForm-list" role="group" aria-label={trans.__('The steps that run')}>
            {steps.map(step => (
              <label key={step} className="jp-MlopsForm-check">
                <input
                  type="checkbox"
                  checked={this.only.has(step)}
                  onChange={event => {
                    this.tick(step, event.target.checked);
                  }}
                />
                {step}
              </label>
            ))}
          </div>
        ) : null}
        {this.which === 'all' ? null : (
          <div className="jp-MlopsForm-note">
            {trans.__('What they need is taken over from the last run that has it.')}
          </div>
        )}
      </fieldset>
    );
  }

  private readonly _mending: IMending | undefined;
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask how to run a target, and run it; null when the user cancels. */
export async function askRun(
  mlops: IMlops,
  target: IRunTarget,
  isRemembered: boolean
): Promise<Form<'RunDetail'> | null> {
  const { state, trans } = mlops;
  const key = 'path' in target.body ? target.body.path : `job ${target.name.replace(/@.*/, '')}`;
  const form = new RunForm(mlops, target, isRemembered ? await recall(state, key) : {});
  await showForm(form, {
    title: trans.__('Run %1 as a pipeline', target.name),
    accept: trans.__('Run'),
    trans
  });
  if (form.started !== null && isRemembered) {
    await remember(state, key, form.fields.toRemember);
  }
  return form.started;
}
