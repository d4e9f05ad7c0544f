/** The form of a step's options: its model, order, retries, time, cache and limits. They are tags of its first cell. */

import type { ISharedCell, ISharedNotebook } from '@jupyter/ydoc';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { IMlops } from '../context';
import { changeTags } from '../notebook/edit';
import type { IStepCells } from '../notebook/stepcells';
import { readTags, setOptions } from '../notebook/tags';
import { type IForm, showForm } from './dialog';
import { type IOption, optionsOf, valuesOf } from './optiontable';

/** The cells of a step in the order of its ids, as far as they are still in the notebook. */
export function cellsOf(notebook: ISharedNotebook, step: IStepCells): readonly ISharedCell[] {
  const byId = new Map(notebook.cells.map(cell => [cell.getId(), cell]));
  return step.ids.map(id => byId.get(id)).filter((cell): cell is ISharedCell => cell !== undefined);
}

/** The values that the tags of a step's cells give an option. */
export function valuesIn(cells: readonly ISharedCell[], prefix: string): readonly string[] {
  const tags = cells.flatMap(cell => readTags(cell.getMetadata('tags')).options);
  const found = tags.filter(tag => tag.startsWith(prefix)).map(tag => tag.slice(prefix.length).trim());
  return [...new Set(found)];
}

/** Write options as tags of the first cell, and take them off the others; what `isMine` does not name stays. */
export function writeOptions(
  notebook: ISharedNotebook,
  cells: readonly ISharedCell[],
  isMine: (tag: string) => boolean,
  made: readonly string[]
): void {
  const [first] = cells;
  changeTags(notebook, cells, (tags, cell) => {
    const kept = readTags(tags).options.filter(tag => !isMine(tag));
    return setOptions(tags, cell === first ? [...kept, ...made] : kept);
  });
}

/** What is typed into the form of options. */
export class OptionsForm implements IForm {
  constructor(
    mlops: IMlops,
    readonly notebook: ISharedNotebook,
    readonly step: IStepCells,
    /** The only option that is asked for; all without it. */
    only: string | null = null
  ) {
    this._trans = mlops.trans;
    this._only = only;
    this._cells = cellsOf(notebook, step);
    this.options = optionsOf(mlops.trans).filter(option => only === null || option.prefix === only);
    for (const option of this.options) {
      const values = valuesIn(this._cells, option.prefix);
      const isMany = option.kind === 'lines' || option.kind === 'steps';
      this._texts.set(option.prefix, isMany ? values.join('\n') : (values[0] ?? ''));
    }
  }

  readonly options: readonly IOption[];

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isReady(): boolean {
    return this.options.every(option => !this._isWrong(option));
  }

  text(prefix: string): string {
    return this._texts.get(prefix) ?? '';
  }

  type(prefix: string, text: string): void {
    this._texts.set(prefix, text);
    this._changed.emit();
  }

  submit(): Promise<void> {
    const isMine = (tag: string): boolean => this.options.some(option => tag.startsWith(option.prefix));
    const made = this.options.flatMap(option =>
      valuesOf(option, this.text(option.prefix)).map(value => `${option.prefix}${value}`)
    );
    writeOptions(this.notebook, this._cells, isMine, made);
    return Promise.resolve();
  }

  render(): React.JSX.Element {
    const trans = this._trans;
    const rare = this.options.filter(option => option.isRare);
    return (
      <>
        {this.options.filter(option => !option.isRare).map(option => this._row(option))}
        {rare.length === 0 ? null : (
          <details open={rare.some(option => this.text(option.prefix) !== '') || undefined}>
            <summary>{trans.__('More options')}</summary>
            {rare.map(option => this._row(option))}
          </details>
        )}
        <p className="jp-MlopsForm-note">
          {this._only === null
            ? trans.__('The options are tags of the first cell of the step; undo takes them back.')
            : trans.__('It is a tag of the first cell of the step; undo takes it back.')}
        </p>
      </>
    );
  }

  private _row(option: IOption): React.JSX.Element {
    const id = `jp-mlops-option-${option.prefix.replace(/[^a-z]+/g, '-')}`;
    const isWrong = this._isWrong(option);
    const note = isWrong ? option.problem : (option.note ?? '');
    return (
      <div className="jp-MlopsField" key={option.prefix}>
        {option.kind === 'steps' ? (
          <span id={id}>
            {option.label} <code>{option.prefix}</code>
          </span>
        ) : (
          <label htmlFor={id}>
            {option.label} <code>{option.prefix}</code>
          </label>
        )}
        <div className="jp-MlopsField-value">{this._field(option, id, isWrong)}</div>
        <div className="jp-MlopsField-note" id={`${id}-note`} role={isWrong ? 'alert' : undefined}>
          {isWrong ? <span className="jp-MlopsField-problem">✗ {note}</span> : note}
        </div>
      </div>
    );
  }

  private _field(option: IOption, id: string, isWrong: boolean): React.JSX.Element {
    const common = {
      id,
      className: 'jp-mod-styled',
      value: this.text(option.prefix),
      'aria-describedby': `${id}-note`,
      onChange: (
        event: React.ChangeEvent<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>
      ): void => {
        this.type(option.prefix, event.target.value);
      }
    };
    switch (option.kind) {
      case 'steps':
        return this._steps(option, id);
      case 'choice':
        return (
          <select {...common}>
            {(option.choices ?? []).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        );
      case 'lines':
        return <textarea {...common} rows={2} placeholder={option.placeholder} aria-invalid={isWrong} />;
      default:
        return (
          <input {...common} autoComplete="off" placeholder={option.placeholder} aria-invalid={isWrong} />
        );
    }
  }

  /** A box for each step above, and for what the tags name beside them, which can only be taken off. */
  private _steps(option: IOption, id: string): React.JSX.Element {
    const trans = this._trans;
    const chosen = valuesOf(option, this.text(option.prefix));
    const { above } = this.step;
    const offered = [...above, ...chosen.filter(step => !above.includes(step))];
    if (offered.length === 0) {
      return <span className="jp-MlopsHint">{trans.__('No step stands above it.')}</span>;
    }
    return (
      <div className="jp-MlopsForm-list jp-mod-inField" role="group" aria-labelledby={id}>
        {offered.map(step => (
          <label key={step} className="jp-MlopsForm-check">
            <input
              type="checkbox"
              checked={chosen.includes(step)}
              onChange={event => {
                const kept = chosen.filter(other => other !== step);
                this.type(option.prefix, (event.target.checked ? [...kept, step] : kept).join('\n'));
              }}
            />
            <span>
              {step}
              {above.includes(step) ? '' : ` ${trans.__('(not a step above)')}`}
            </span>
          </label>
        ))}
      </div>
    );
  }

  private _isWrong(option: IOption): boolean {
    return !valuesOf(option, this.text(option.prefix)).every(option.isFit);
  }

  private readonly _trans: TranslationBundle;
  private readonly _only: string | null;
  private readonly _cells: readonly ISharedCell[];
  private readonly _texts = new Map<string, string>();
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask for the options of a step, or for one of them, and write them as tags. */
export async function askOptions(
  mlops: IMlops,
  notebook: ISharedNotebook,
  step: IStepCells,
  only: string | null = null
): Promise<void> {
  const { trans } = mlops;
  const form = new OptionsForm(mlops, notebook, step, only);
  const title =
    only === null ? trans.__('Options of step “%1”', step.step) : trans.__('Model of step “%1”', step.step);
  await showForm(form, { title, accept: trans.__('Apply'), trans });
}
