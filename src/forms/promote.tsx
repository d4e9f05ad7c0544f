/** The form of a promotion: the notebook, frozen as the next version of a job. */

import { Debouncer } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from './dialog';
import { FieldRows, Fields } from './fields';
import { mendingOf } from './mending';
import { Checks, type IMending, isRefused } from './parts';
import { isJobName, jobNameFrom } from './values';

const PAUSE_MS = 250;

/** What is typed into the form of a promotion. */
export class PromoteForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    readonly inspection: Form<'Inspection'>
  ) {
    this._mending = mendingOf(_mlops, inspection.path, CommandIds.promoteNotebook, instead => {
      this.instead = instead;
      this._changed.emit();
    });
    this.fields = new Fields(inspection.pipeline.parameters, {});
    this.fields.changed.connect(() => {
      this._changed.emit();
    });
    this.name = jobNameFrom(inspection.path);
    void this._look();
  }

  readonly fields: Fields;
  name: string;
  note = '';
  promoted: Form<'Promoted'> | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  instead: (() => Promise<void>) | null = null;

  get isReady(): boolean {
    return isJobName(this.name) && !isRefused(this.inspection.findings) && this.fields.isReady(false);
  }

  call(name: string): void {
    this.name = name.normalize('NFC');
    this._versions = null;
    this._changed.emit();
    void this._later.invoke();
  }

  dispose(): void {
    this._later.dispose();
  }

  async submit(): Promise<void> {
    const { client } = this._mlops;
    this.promoted = await client.answer(
      client.http.POST('/mlops/api/v1/jobs', {
        body: {
          path: this.inspection.path,
          job: this.name,
          note: this.note,
          ignore: [],
          ...this.fields.given
        }
      })
    );
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this._mlops;
    const isNamed = isJobName(this.name);
    return (
      <>
        <Problem error={problem} />
        <Checks findings={this.inspection.findings} trans={trans} mending={this._mending} />
        <div className="jp-MlopsField">
          <label htmlFor="jp-mlops-job">{trans.__('Job')}</label>
          <div className="jp-MlopsField-value">
            <input
              id="jp-mlops-job"
              className="jp-mod-styled"
              autoComplete="off"
              spellCheck={false}
              value={this.name}
              aria-invalid={!isNamed}
              aria-describedby="jp-mlops-job-note"
              onChange={event => {
                this.call(event.target.value);
              }}
            />
          </div>
          <div className="jp-MlopsField-note" id="jp-mlops-job-note" role="status">
            {isNamed ? (
              this._which()
            ) : (
              <span className="jp-MlopsField-problem">
                ✗ {trans.__('Letters, digits, ".", "_" and "-"; it begins with a letter, a digit or "_".')}
              </span>
            )}
          </div>
        </div>
        <div className="jp-MlopsField">
          <label htmlFor="jp-mlops-note">{trans.__('Note')}</label>
          <div className="jp-MlopsField-value">
            <input
              id="jp-mlops-note"
              className="jp-mod-styled"
              value={this.note}
              placeholder={trans.__('what is new in this version')}
              onChange={event => {
                this.note = event.target.value;
                this._changed.emit();
              }}
            />
          </div>
        </div>
        <FieldRows fields={this.fields} areNeeded={false} trans={trans} />
        <p className="jp-MlopsForm-note">
          {trans.__(
            'The notebook, the modules beside it that it imports, the parameters above as defaults, and the list of packages are frozen. Data files stay where they are.'
          )}
        </p>
      </>
    );
  }

  /** Whether this is a new job or another version of one. */
  private _which(): string {
    const { trans } = this._mlops;
    if (this._versions === null) {
      return trans.__('…');
    }
    return this._versions === 0
      ? trans.__('a new job')
      : trans.__('version %1 of the job %2', this._versions + 1, this.name);
  }

  private async _look(): Promise<void> {
    const { client } = this._mlops;
    const { name } = this;
    if (!isJobName(name)) {
      return;
    }
    let versions: number | null;
    try {
      // All of them: asked for one that is not there, the browser would log an error.
      const { jobs } = await client.answer(client.http.GET('/mlops/api/v1/jobs'));
      versions = jobs.find(job => job.name === name)?.version ?? 0;
    } catch {
      versions = null;
    }
    if (name === this.name) {
      this._versions = versions;
      this._changed.emit();
    }
  }

  private readonly _mending: IMending;
  private readonly _later = new Debouncer(() => this._look(), PAUSE_MS);
  private _versions: number | null = null;
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask how to promote a notebook, and promote it; null when the user cancels. */
export async function askPromotion(
  mlops: IMlops,
  inspection: Form<'Inspection'>
): Promise<Form<'Promoted'> | null> {
  const { trans } = mlops;
  const form = new PromoteForm(mlops, inspection);
  const name = inspection.path.split('/').pop() ?? '';
  await showForm(form, { title: trans.__('Promote %1 to a job', name), accept: trans.__('Promote'), trans });
  form.dispose();
  return form.promoted;
}
