/** The form of a step's options: retries, time, cache and limits. They are tags of its first cell. */

import type { ISharedCell, ISharedNotebook } from '@jupyter/ydoc';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { IMlops } from '../context';
import { changeTags } from '../notebook/edit';
import { readTags, setOptions } from '../notebook/tags';
import { type IForm, showForm } from './dialog';

interface IOption {
  /** The tag up to its value. */
  readonly prefix: string;
  readonly label: string;
  readonly placeholder: string;
  readonly isFit: (text: string) => boolean;
  readonly problem: string;
}

// The text may come from a notebook: it is never long enough to keep a pattern busy.
const LONGEST = 60;

/** Whether a text is a time as the server reads it: `90s`, `1h30m`, `45`; read from left to right, once. */
function isDuration(text: string): boolean {
  const rest = text.replace(/\d+(\.\d+)?\s*(ms|min|[smhd])\s*/g, '');
  return /[1-9]/.test(text) && /^(\d+(\.\d+)?)?$/.test(rest);
}

function optionsOf(trans: TranslationBundle): readonly IOption[] {
  return [
    {
      prefix: 'retry:',
      label: trans.__('Retries when it fails'),
      placeholder: '0',
      isFit: text => /^(\d{1,2}|100)$/.test(text),
      problem: trans.__('A number from 0 to 100.')
    },
    {
      prefix: 'timeout:',
      label: trans.__('Time it may take'),
      placeholder: trans.__('no end, or 90s, 30m, 2h'),
      isFit: isDuration,
      problem: trans.__('A time such as 90s, 30m or 1h30m.')
    },
    {
      prefix: 'limit:cpu:',
      label: trans.__('Cores'),
      placeholder: '1',
      isFit: text => /[1-9]/.test(text) && /^(\d+(\.\d+)?|\d+m)$/.test(text),
      problem: trans.__('A number such as 2 or 0.5.')
    },
    {
      prefix: 'limit:memory:',
      label: trans.__('Memory'),
      placeholder: trans.__('no limit, or 4Gi'),
      isFit: text => /[1-9]/.test(text) && /^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|K|M|G|T)?$/.test(text),
      problem: trans.__('An amount such as 512Mi or 4Gi.')
    },
    {
      prefix: 'limit:nvidia.com/gpu:',
      label: trans.__('GPUs'),
      placeholder: trans.__('none; this machine grants none'),
      isFit: text => /^[1-9]\d{0,3}$/.test(text),
      problem: trans.__('A whole number.')
    }
  ];
}

const CACHE = 'cache:';

/** What is typed into the form of options. */
export class OptionsForm implements IForm {
  constructor(
    mlops: IMlops,
    readonly notebook: ISharedNotebook,
    /** The cells that say that they belong to the step. */
    readonly cells: readonly ISharedCell[]
  ) {
    this._trans = mlops.trans;
    this.options = optionsOf(mlops.trans);
    const tags = cells.flatMap(cell => readTags(cell.getMetadata('tags')).options);
    for (const prefix of [...this.options.map(option => option.prefix), CACHE]) {
      const tag = tags.find(each => each.startsWith(prefix));
      this._texts.set(prefix, tag?.slice(prefix.length).trim() ?? '');
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
    const prefixes = [...this._texts.keys()];
    const mine = (tag: string): boolean => prefixes.some(prefix => tag.startsWith(prefix));
    const made = prefixes
      .filter(prefix => this.text(prefix).trim() !== '')
      .map(prefix => `${prefix}${this.text(prefix).trim()}`);
    const [first, ...rest] = this.cells;
    const kept = (tags: unknown): string[] => readTags(tags).options.filter(tag => !mine(tag));
    if (first) {
      changeTags(this.notebook, [first], tags => setOptions(tags, [...kept(tags), ...made]));
      changeTags(this.notebook, rest, tags => setOptions(tags, kept(tags)));
    }
    return Promise.resolve();
  }

  render(): React.JSX.Element {
    const trans = this._trans;
    return (
      <>
        {this.options.map(option => {
          const id = `jp-mlops-option-${option.prefix.replace(/:/g, '-')}`;
          const isWrong = this._isWrong(option);
          return (
            <div className="jp-MlopsField" key={option.prefix}>
              <label htmlFor={id}>
                {option.label} <code>{option.prefix}</code>
              </label>
              <div className="jp-MlopsField-value">
                <input
                  id={id}
                  className="jp-mod-styled"
                  autoComplete="off"
                  placeholder={option.placeholder}
                  value={this.text(option.prefix)}
                  aria-invalid={isWrong}
                  aria-describedby={`${id}-note`}
                  onChange={event => {
                    this.type(option.prefix, event.target.value);
                  }}
                />
              </div>
              <div className="jp-MlopsField-note" id={`${id}-note`} role={isWrong ? 'alert' : undefined}>
                {isWrong ? <span className="jp-MlopsField-problem">✗ {option.problem}</span> : ''}
              </div>
            </div>
          );
        })}
        <div className="jp-MlopsField">
          <label htmlFor="jp-mlops-option-cache">
            {trans.__('Earlier results')} <code>cache:</code>
          </label>
          <div className="jp-MlopsField-value">
            <select
              id="jp-mlops-option-cache"
              className="jp-mod-styled"
              value={this.text(CACHE)}
              onChange={event => {
                this.type(CACHE, event.target.value);
              }}
            >
              <option value="">{trans.__('run it every time')}</option>
              <option value="enabled">{trans.__('reuse while nothing it depends on changed')}</option>
              <option value="disabled">{trans.__('never reuse')}</option>
            </select>
          </div>
        </div>
        <p className="jp-MlopsForm-note">
          {trans.__('The options are tags of the first cell of the step; undo takes them back.')}
        </p>
      </>
    );
  }

  private _isWrong(option: IOption): boolean {
    const text = this.text(option.prefix).trim();
    return text !== '' && (text.length > LONGEST || !option.isFit(text));
  }

  private readonly _trans: TranslationBundle;
  private readonly _texts = new Map<string, string>();
  private readonly _changed = new Signal<this, void>(this);
}

/** Ask for the options of a step, and write them as tags. */
export async function askOptions(
  mlops: IMlops,
  step: string,
  notebook: ISharedNotebook,
  cells: readonly ISharedCell[]
): Promise<void> {
  const { trans } = mlops;
  const form = new OptionsForm(mlops, notebook, cells);
  await showForm(form, { title: trans.__('Options of step “%1”', step), accept: trans.__('Apply'), trans });
}
