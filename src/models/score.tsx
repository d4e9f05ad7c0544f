/** The form that scores a file: which version, which rows, where the predictions go. */

import { Notification } from '@jupyterlab/apputils';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import { ApiError, type Form } from '../api/client';
import type { IMlops } from '../context';
import { type IForm, Problem, showForm } from '../forms/dialog';
import { Field, TextField } from '../forms/field';
import { folderOf, isReadable, isWritable, offersIn, outputFor } from './files';
import { renew } from './queries';
import { CHAMPION, holderOf, inOrder } from './words';

/** A choice of the field: an alias as `@champion`, a version as its number. */
type Which = string;

class ScoreForm implements IForm {
  constructor(
    private readonly _mlops: IMlops,
    private readonly _model: Form<'ModelDetail'>,
    which: Which
  ) {
    this._which = which;
    void this._look('');
  }

  started: Form<'Scoring'> | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isReady(): boolean {
    return isReadable(this._input) && isWritable(this._output) && this._input.trim() !== this._output.trim();
  }

  async submit(): Promise<void> {
    const { client } = this._mlops;
    const isAlias = this._which.startsWith('@');
    try {
      this.started = await client.answer(
        client.http.POST('/mlops/api/v1/models/{model}/scorings', {
          params: { path: { model: this._model.name } },
          body: {
            input: this._input.trim(),
            output: this._output.trim(),
            alias: isAlias ? this._which.slice(1) : null,
            version: isAlias ? null : Number(this._which),
            overwrite: this._isReplacing
          }
        })
      );
    } catch (error) {
      this._isThere = error instanceof ApiError && error.code === 'score.exists';
      throw error;
    }
  }

  render(problem: Error | null): React.JSX.Element {
    const { trans } = this._mlops;
    const { aliases, versions } = this._model;
    const isInput = this._input === '' || isReadable(this._input);
    const isSame = this._input !== '' && this._input.trim() === this._output.trim();
    const isOutput = !isSame && (this._output === '' || isWritable(this._output));
    return (
      <>
        <Problem error={problem} />
        <Field label={trans.__('With')}>
          {ids => (
            <select
              {...ids}
              className="jp-mod-styled"
              value={this._which}
              onChange={event => {
                this._set(() => (this._which = event.target.value));
              }}
            >
              {inOrder(aliases).map(({ alias, version }) => (
                <option key={alias} value={`@${alias}`}>
                  {trans.__('%1 (v%2 now)', alias, version)}
                </option>
              ))}
              {versions.map(({ version }) => (
                <option key={version} value={String(version)}>{`v${version}`}</option>
              ))}
            </select>
          )}
        </Field>
        <TextField
          label={trans.__('Rows')}
          value={this._input}
          placeholder="data/new.csv"
          offers={this._offers}
          isBad={!isInput}
          note={
            isInput
              ? trans.__('A CSV or Parquet file, seen from the file browser’s root.')
              : trans.__('It is named .csv, .tsv (.gz) or .parquet.')
          }
          onValue={text => {
            this._set(() => {
              this._input = text;
              this._output = this._isOwn ? this._output : outputFor(text);
            });
            void this._look(folderOf(text));
          }}
        />
        <TextField
          label={trans.__('Predictions')}
          value={this._output}
          isBad={!isOutput}
          note={
            isSame
              ? trans.__('It would overwrite the rows.')
              : isOutput
                ? trans.__('The same rows, with the predictions beside them.')
                : trans.__('It is named .csv, .tsv or .parquet.')
          }
          onValue={text => {
            this._set(() => {
              this._output = text;
              this._isOwn = text !== '';
              this._isThere = this._isReplacing = false;
            });
          }}
        />
        {this._isThere ? (
          <label className="jp-MlopsForm-check">
            <input
              type="checkbox"
              checked={this._isReplacing}
              onChange={event => {
                this._set(() => (this._isReplacing = event.target.checked));
              }}
            />{' '}
            {trans.__('Replace the file that is there')}
          </label>
        ) : null}
      </>
    );
  }

  /** Offer what is in the folder that is typed. */
  private async _look(folder: string): Promise<void> {
    if (folder !== this._folder) {
      this._folder = folder;
      const offers = await offersIn(this._mlops.app.serviceManager.contents, folder);
      if (folder === this._folder) {
        this._set(() => (this._offers = offers));
      }
    }
  }

  private _set(write: () => void): void {
    write();
    this._changed.emit();
  }

  private _which: Which;
  private _input = '';
  private _output = '';
  /** Whether the output's name was typed. */
  private _isOwn = false;
  private _isThere = false;
  private _isReplacing = false;
  private _folder: string | null = null;
  private _offers: readonly string[] = [];
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask, then let a model score a file; null when the user cancels. */
export async function askToScore(
  mlops: IMlops,
  model: Form<'ModelDetail'>,
  version: number | null,
  alias: string | null
): Promise<Form<'Scoring'> | null> {
  const { trans } = mlops;
  const newest = model.versions[0]?.version;
  if (newest === undefined) {
    throw new Error(trans.__('The model "%1" has no version yet.', model.name));
  }
  const natural = holderOf(model.aliases, CHAMPION) === null ? String(newest) : `@${CHAMPION}`;
  const which = alias !== null ? `@${alias}` : version !== null ? String(version) : natural;
  const form = new ScoreForm(mlops, model, which);
  const title = trans.__('Score a file with "%1"', model.name);
  await showForm(form, { title, accept: trans.__('Score'), trans });
  if (form.started !== null) {
    renew(mlops);
    Notification.info(
      trans.__(
        '%1 v%2 scores %3; it goes on when you leave',
        form.started.model,
        form.started.version,
        form.started.input ?? ''
      ),
      { autoClose: 5000 }
    );
  }
  return form.started;
}
