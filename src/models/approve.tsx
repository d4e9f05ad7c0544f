/** Two small forms: a person's yes to a version, and the gates of a model as YAML. */

import { Notification } from '@jupyterlab/apputils';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { LongField } from '../forms/field';
import { renew } from './queries';

/** A form of one text. */
abstract class TextForm implements IForm {
  constructor(
    protected readonly _mlops: IMlops,
    public text: string
  ) {}

  readonly isReady = true;
  isSent = false;

  get changed(): ISignal<unknown, void> {
    return this._changed;
  }

  async submit(): Promise<void> {
    await this.send(this.text);
    this.isSent = true;
  }

  abstract send(text: string): Promise<unknown>;

  abstract fields(write: (text: string) => void): React.JSX.Element;

  render(problem: Error | null): React.JSX.Element {
    return (
      <>
        <Problem error={problem} />
        {this.fields(text => {
          this.text = text;
          this._changed.emit();
        })}
      </>
    );
  }

  private readonly _changed = new Signal<this, void>(this);
}

class ApproveForm extends TextForm {
  constructor(
    mlops: IMlops,
    private readonly _model: string,
    private readonly _version: number
  ) {
    super(mlops, '');
  }

  override send(note: string): Promise<unknown> {
    const { client } = this._mlops;
    const path = { model: this._model, version: String(this._version) };
    return client.answer(
      client.http.POST('/mlops/api/v1/models/{model}/versions/{version}/approve', {
        params: { path },
        body: { note: note.trim() }
      })
    );
  }

  override fields(write: (text: string) => void): React.JSX.Element {
    const { trans } = this._mlops;
    return (
      <>
        <p>{trans.__('Your name is recorded. The gate "approval" asks for it; it promotes nothing.')}</p>
        <LongField label={trans.__('Note')} rows={2} value={this.text} onValue={write} />
      </>
    );
  }
}

/** All rules, as they are written; `tests/browser/test_models.py` asks the server whether it takes them. */
export const ALL_RULES = `- metric: {name: accuracy, at_least: 0.9}
- not_worse: {metric: accuracy, by: 0.01}
- signature
- example_predicts
- format: {allow: [skops, onnx, safetensors]}
- no_unknown_types
- clean_commit
- job_run
- reproducible: {metric: accuracy, tolerance: 0.001}
- latency: {at_most_ms: 50}
- size: {at_most_mb: 100}
- approval
`;

class GatesForm extends TextForm {
  constructor(
    mlops: IMlops,
    private readonly _model: string,
    yaml: string
  ) {
    super(mlops, yaml);
  }

  override send(yaml: string): Promise<unknown> {
    const { client } = this._mlops;
    return client.answer(
      client.http.POST('/mlops/api/v1/models/{model}/gates', {
        params: { path: { model: this._model } },
        body: { yaml }
      })
    );
  }

  override fields(write: (text: string) => void): React.JSX.Element {
    const { trans } = this._mlops;
    return (
      <div className="jp-MlopsGatesForm">
        <LongField
          label={trans.__('Rules, in order, as YAML')}
          rows={14}
          value={this.text}
          note={trans.__('Empty takes them away. They are checked when they are saved.')}
          onValue={write}
        />
        <details>
          <summary>{trans.__('The rules that there are')}</summary>
          <pre className="jp-MlopsCode" tabIndex={0} aria-label={trans.__('All rules')}>
            {ALL_RULES}
          </pre>
          {this.text.trim() === '' ? (
            <button
              type="button"
              className="jp-MlopsButton"
              onClick={() => {
                write(ALL_RULES);
              }}
            >
              {trans.__('Begin with these')}
            </button>
          ) : null}
        </details>
      </div>
    );
  }
}

/** Ask, then approve a version. */
export async function askToApprove(mlops: IMlops, model: string, version: number): Promise<void> {
  const { trans } = mlops;
  const form = new ApproveForm(mlops, model, version);
  const title = trans.__('Approve "%1" v%2?', model, version);
  await showForm(form, { title, accept: trans.__('Approve'), trans });
  if (form.isSent) {
    renew(mlops);
    Notification.success(trans.__('"%1" v%2 is approved', model, version), { autoClose: 6000 });
  }
}

/** Show the gates of a model as YAML, and write them. */
export async function askForGates(mlops: IMlops, model: Form<'ModelDetail'>): Promise<void> {
  const { trans } = mlops;
  const form = new GatesForm(mlops, model.name, model.gates.yaml);
  const title = trans.__('Gates of "%1"', model.name);
  await showForm(form, { title, accept: trans.__('Save'), trans });
  if (form.isSent) {
    renew(mlops);
  }
}
