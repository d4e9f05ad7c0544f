/** The fields of parameters: one row each, with type, default, and what is wrong while it is typed. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { Form } from '../api/client';
import {
  fieldOf,
  givenOf,
  type IField,
  type IGiven,
  type ITyped,
  NONE,
  type Problem,
  problemOf,
  saidOf,
  startOf
} from './values';

/** What was typed into the fields of some parameters. */
export class Fields {
  constructor(parameters: readonly Form<'Parameter'>[], remembered: Readonly<Record<string, string>>) {
    this.all = parameters.map(fieldOf);
    for (const field of this.all) {
      const { name } = field.parameter;
      const isKept = !field.isSecret && Object.hasOwn(remembered, name);
      this._typed.set(name, startOf(field, isKept ? remembered[name] : undefined));
    }
  }

  readonly all: readonly IField[];

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is sent. */
  get given(): IGiven {
    return givenOf(this.all, this._typed);
  }

  /** What the next form begins with: texts that differ from the defaults, and no secrets. */
  get toRemember(): Record<string, string> {
    const kept = Object.create(null) as Record<string, string>;
    for (const field of this.all) {
      const typed = this.typed(field);
      if (typed.isGiven && !field.isSecret && saidOf(typed) !== field.default) {
        kept[field.parameter.name] = saidOf(typed);
      }
    }
    return kept;
  }

  /** Whether nothing is wrong; `areNeeded` says whether values without a default must be given. */
  isReady(areNeeded = true): boolean {
    return this.all.every(field => {
      const problem = problemOf(field, this.typed(field));
      return problem === null || (!areNeeded && !this.typed(field).isGiven);
    });
  }

  typed(field: IField): ITyped {
    return this._typed.get(field.parameter.name) ?? { text: '', isNone: false, isGiven: false };
  }

  type(field: IField, typed: Partial<ITyped>): void {
    this._typed.set(field.parameter.name, { ...this.typed(field), isGiven: true, ...typed });
    this._changed.emit();
  }

  /** Back to the default. */
  reset(field: IField): void {
    this._typed.set(field.parameter.name, startOf(field, undefined));
    this._changed.emit();
  }

  private readonly _typed = new Map<string, ITyped>();
  private readonly _changed = new Signal<this, void>(this);
}

function words(problem: Problem, trans: TranslationBundle): string {
  switch (problem) {
    case 'needed':
      return trans.__('A value is needed.');
    case 'int':
      return trans.__('This is not a whole number.');
    case 'float':
      return trans.__('This is no number.');
    case 'date':
      return trans.__('Write a date like 2026-01-31.');
    case 'datetime':
      return trans.__('Write a moment like 2026-01-31T14:02.');
  }
}

function hint(field: IField, trans: TranslationBundle): string {
  if (field.parameter.computed) {
    return trans.__('computed by the notebook');
  }
  return field.parameter.required ? trans.__('required') : '';
}

/** The default as it is shown. */
function shown(field: IField, trans: TranslationBundle): string {
  return field.default === NONE ? 'None' : (field.default ?? hint(field, trans));
}

function Input(props: {
  field: IField;
  typed: ITyped;
  id: string;
  problem: boolean;
  onType: (typed: Partial<ITyped>) => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { field, typed, id, problem, onType, trans } = props;
  const common = {
    id,
    disabled: typed.isNone,
    'aria-invalid': problem,
    'aria-describedby': `${id}-note`
  };
  if (field.kind === 'bool') {
    return (
      <input
        {...common}
        type="checkbox"
        checked={typed.text === 'true'}
        onChange={event => {
          onType({ text: String(event.target.checked) });
        }}
      />
    );
  }
  if (field.kind === 'choice') {
    const isOpen = !field.choices.includes(typed.text);
    return (
      <select
        {...common}
        className="jp-mod-styled"
        value={typed.text}
        onChange={event => {
          onType({ text: event.target.value });
        }}
      >
        {isOpen ? <option value={typed.text}>{typed.text || trans.__('choose…')}</option> : null}
        {field.choices.map(choice => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  if (field.kind === 'structure' || typed.text.includes('\n')) {
    return (
      <textarea
        {...common}
        className={`jp-mod-styled${field.isSecret ? ' jp-mod-mlopsSecret' : ''}`}
        rows={Math.min(6, Math.max(1, typed.text.split('\n').length))}
        spellCheck={false}
        value={typed.text}
        placeholder={hint(field, trans)}
        onChange={event => {
          onType({ text: event.target.value });
        }}
      />
    );
  }
  return (
    <input
      {...common}
      className="jp-mod-styled"
      type={field.isSecret ? 'password' : 'text'}
      inputMode={field.kind === 'int' ? 'numeric' : field.kind === 'float' ? 'decimal' : 'text'}
      autoComplete="off"
      spellCheck={false}
      value={typed.text}
      placeholder={hint(field, trans)}
      onChange={event => {
        onType({ text: event.target.value });
      }}
    />
  );
}

function Row(props: {
  fields: Fields;
  field: IField;
  areNeeded: boolean;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { fields, field, areNeeded, trans } = props;
  const { name, type, required } = field.parameter;
  const typed = fields.typed(field);
  const problem = typed.isGiven || areNeeded ? problemOf(field, typed) : null;
  // What was never touched is not called a mistake, it is only needed.
  const isWrong = problem !== null && typed.isGiven;
  const id = `jp-mlops-parameter-${name}`;
  const isChanged = typed.isGiven && (field.default === null || saidOf(typed) !== field.default);
  return (
    <div className="jp-MlopsField" data-parameter={name}>
      <label htmlFor={id} title={name}>
        <span className="jp-MlopsField-name">
          {/* A long name is broken between its words, not within a number at its end. */}
          {name.split(/(?<=_)/).map((word, index) => (
            <React.Fragment key={index}>
              {word}
              <wbr />
            </React.Fragment>
          ))}
        </span>{' '}
        <code>{type}</code>
        {required ? <span className="jp-MlopsField-required"> {trans.__('required')}</span> : null}
      </label>
      <div className="jp-MlopsField-value">
        <Input
          field={field}
          typed={typed}
          id={id}
          problem={isWrong}
          trans={trans}
          onType={change => {
            fields.type(field, change);
          }}
        />
        {field.isOptional ? (
          <label className="jp-MlopsField-none">
            <input
              type="checkbox"
              checked={typed.isNone}
              onChange={event => {
                fields.type(field, { isNone: event.target.checked });
              }}
            />
            None
          </label>
        ) : null}
        {isChanged ? (
          <button
            type="button"
            className="jp-MlopsField-reset"
            title={trans.__('Back to the default: %1', shown(field, trans))}
            aria-label={trans.__('Set %1 back to its default', name)}
            onClick={() => {
              fields.reset(field);
            }}
          >
            ↺
          </button>
        ) : null}
      </div>
      <div className="jp-MlopsField-note" id={`${id}-note`} role={isWrong ? 'alert' : undefined}>
        {isWrong ? (
          <span className="jp-MlopsField-problem">✗ {words(problem, trans)}</span>
        ) : isChanged && field.default !== null ? (
          trans.__('default: %1', shown(field, trans))
        ) : (
          ''
        )}
      </div>
    </div>
  );
}

/** The rows of all parameters. */
export function FieldRows(props: {
  fields: Fields;
  areNeeded?: boolean;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { fields, trans } = props;
  if (fields.all.length === 0) {
    return (
      <p className="jp-MlopsForm-note">
        {trans.__('No parameters. Tag a cell as parameters to be asked for values here.')}
      </p>
    );
  }
  return (
    <div className="jp-MlopsFields" role="group" aria-label={trans.__('Parameters')}>
      {fields.all.map(field => (
        <Row
          key={field.parameter.name}
          fields={fields}
          field={field}
          areNeeded={props.areNeeded ?? true}
          trans={trans}
        />
      ))}
    </div>
  );
}
