/** A field of a dialog: a label, what is typed, and a line that says what it means. */

import React, { useId } from 'react';

interface IFieldProps {
  readonly label: string;
  readonly note?: React.ReactNode;
  readonly isBad?: boolean;
  /** Draws the control; it gets the ids that tie it to its label and its note. */
  readonly children: (ids: {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean;
  }) => React.ReactNode;
}

export function Field(props: IFieldProps): React.JSX.Element {
  const { label, note, isBad = false, children } = props;
  const id = useId();
  return (
    <div className="jp-MlopsField">
      <label htmlFor={id}>{label}</label>
      <div className="jp-MlopsField-value">
        {children({ id, 'aria-describedby': `${id}-note`, 'aria-invalid': isBad })}
      </div>
      <div className="jp-MlopsField-note" id={`${id}-note`} role="status">
        {isBad ? <span className="jp-MlopsField-problem">✗ {note}</span> : note}
      </div>
    </div>
  );
}

/** A field of one line. */
export function TextField(props: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  note?: React.ReactNode;
  isBad?: boolean;
  placeholder?: string;
  /** What may be chosen instead of typed. */
  offers?: readonly string[];
}): React.JSX.Element {
  const { value, onValue, placeholder, offers = [], ...field } = props;
  const list = useId();
  return (
    <Field {...field}>
      {ids => (
        <>
          <input
            {...ids}
            className="jp-mod-styled"
            autoComplete="off"
            spellCheck={false}
            list={offers.length === 0 ? undefined : list}
            value={value}
            placeholder={placeholder}
            onChange={event => {
              onValue(event.target.value);
            }}
          />
          {offers.length === 0 ? null : (
            <datalist id={list}>
              {offers.map(offer => (
                <option key={offer} value={offer} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

/** A field of several lines. */
export function LongField(props: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  note?: React.ReactNode;
  isBad?: boolean;
  rows?: number;
}): React.JSX.Element {
  const { value, onValue, rows = 3, ...field } = props;
  return (
    <Field {...field}>
      {ids => (
        <textarea
          {...ids}
          rows={rows}
          spellCheck={false}
          value={value}
          onChange={event => {
            onValue(event.target.value);
          }}
        />
      )}
    </Field>
  );
}
