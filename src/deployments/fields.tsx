/** The fields that making and changing a deployment share. */

import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { Field, TextField } from '../forms/field';
import { inOrder } from '../models/words';
import { refOf } from './words';

type Model = Form<'ModelDetail'>;

/** What of a model can be served: its aliases, which are followed, then its versions. */
export function refsOf(
  model: Pick<Model, 'name' | 'aliases' | 'versions'>
): { ref: string; alias: string | null; version: number }[] {
  return [
    ...inOrder(model.aliases).map(({ alias, version }) => ({
      ref: refOf(model.name, alias, null),
      alias,
      version
    })),
    ...model.versions.map(({ version }) => ({ ref: refOf(model.name, null, version), alias: null, version }))
  ];
}

/** Which alias or version is served. */
export function RefField(props: {
  mlops: IMlops;
  model: Model;
  value: string;
  onValue: (ref: string) => void;
}): React.JSX.Element {
  const { mlops, model, value, onValue } = props;
  const { trans } = mlops;
  const refs = refsOf(model);
  const isAlias = refs.some(each => each.ref === value && each.alias !== null);
  return (
    <Field
      label={trans.__('Serve')}
      note={
        isAlias
          ? trans.__(
              'When the alias moves, the new version is loaded, checked with its example, then swapped in.'
            )
          : trans.__('This version, until it is changed here.')
      }
    >
      {ids => (
        <select
          {...ids}
          className="jp-mod-styled"
          value={value}
          onChange={event => {
            onValue(event.target.value);
          }}
        >
          {refs.some(each => each.ref === value) ? null : <option value={value}>{value}</option>}
          {refs.map(({ ref, alias, version }) => (
            <option key={ref} value={ref}>
              {alias === null ? ref : trans.__('%1 (v%2 now)', ref, version)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What of the request log is typed. */
export interface ILogTexts {
  readonly percent: string;
  readonly exclude: string;
}

/** The texts of a request log's settings. */
export function logTexts(log: Form<'DeploymentDetail'>['log']): ILogTexts {
  return { percent: String(Math.round(log.sample * 1000) / 10), exclude: log.exclude.join(', ') };
}

/** The settings that texts mean; null when they mean none. */
export function logOf(texts: ILogTexts): Form<'DeploymentDetail'>['log'] | null {
  const percent = texts.percent.trim() === '' ? NaN : Number(texts.percent);
  return percent >= 0 && percent <= 100
    ? {
        sample: percent / 100,
        exclude: texts.exclude
          .split(',')
          .map(name => name.trim())
          .filter(name => name !== '')
      }
    : null;
}

/** The settings of the request log. */
export function LogFields(props: {
  mlops: IMlops;
  value: ILogTexts;
  onValue: (value: ILogTexts) => void;
}): React.JSX.Element {
  const { mlops, value, onValue } = props;
  const { trans } = mlops;
  const isBad = logOf(value) === null;
  return (
    <>
      <TextField
        label={trans.__('Requests in the log, in %')}
        value={value.percent}
        isBad={isBad}
        note={
          isBad
            ? trans.__('A number from 0 to 100.')
            : trans.__('Inputs and predictions, as Parquet files; 0 is none.')
        }
        onValue={percent => {
          onValue({ ...value, percent });
        }}
      />
      <TextField
        label={trans.__('Columns never logged')}
        value={value.exclude}
        placeholder={trans.__('name, email')}
        onValue={exclude => {
          onValue({ ...value, exclude });
        }}
      />
    </>
  );
}
