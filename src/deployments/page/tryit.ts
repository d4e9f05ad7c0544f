/**
 * The form that tries a deployment: fields from the signature, texts from the example, and the body for
 * `/invocations` made of them. Pure.
 *
 * Numbers are written into the body as they were typed: a whole number beyond 2^53 does not survive JavaScript.
 */

import type { Form } from '../../api/client';

type Signature = Form<'Signature'>;

/** What is typed into a field: a whole number, a number, true or false, a text, or any JSON. */
export type Kind = 'whole' | 'number' | 'boolean' | 'text' | 'json';

/** A field of the form. */
export interface IInput {
  readonly name: string;
  /** As the signature says it. */
  readonly type: string;
  readonly kind: Kind;
  readonly isRequired: boolean;
  /** Whether it is a parameter of the call and no column. */
  readonly isParam: boolean;
  /** What was typed; the value is left out when it is empty and may be. */
  readonly text: string;
}

/** What is wrong with what was typed. */
export type Problem = 'needed' | 'whole' | 'number' | 'json';

const KINDS: Readonly<Record<string, Kind>> = {
  boolean: 'boolean',
  integer: 'whole',
  long: 'whole',
  float: 'number',
  double: 'number',
  string: 'text',
  binary: 'text',
  datetime: 'text'
};

/** More columns than this are no form; they are typed as JSON. */
const MOST = 200;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first row of an example, by column; empty when it has none that is known. */
export function rowOf(example: unknown): Record<string, unknown> {
  if (!isObject(example)) {
    return {};
  }
  const { dataframe_split: split, dataframe_records: records, instances, inputs } = example;
  if (isObject(split) && Array.isArray(split.columns) && Array.isArray(split.data)) {
    const row: unknown = split.data[0];
    return Array.isArray(row)
      ? Object.fromEntries(split.columns.map((name, index) => [String(name), row[index] as unknown]))
      : {};
  }
  for (const rows of [records, instances, inputs]) {
    if (Array.isArray(rows) && isObject(rows[0])) {
      return rows[0];
    }
  }
  return isObject(inputs)
    ? Object.fromEntries(
        Object.entries(inputs).map(([name, values]) => [
          name,
          Array.isArray(values) ? (values[0] as unknown) : values
        ])
      )
    : {};
}

function textOf(value: unknown, kind: Kind): string {
  if (value === undefined || (value === null && kind !== 'json')) {
    return '';
  }
  return kind !== 'json' && typeof value === 'string' ? value : JSON.stringify(value);
}

/** The fields of a signature, filled from an example; null when the body can only be typed as JSON. */
export function inputsOf(signature: Signature | null, example: unknown): IInput[] | null {
  if (signature === null || signature.inputs.length === 0 || signature.inputs.length > MOST) {
    return null;
  }
  if (signature.inputs.some(column => column.name === null || column.shape !== null)) {
    return null;
  }
  const row = rowOf(example);
  const given = isObject(example) && isObject(example.params) ? example.params : {};
  const fieldOf = (column: Form<'Column'>, values: Record<string, unknown>, isParam: boolean): IInput => {
    const kind = column.shape === null ? (KINDS[column.type] ?? 'json') : 'json';
    const name = column.name ?? '';
    const value = Object.hasOwn(values, name) ? values[name] : isParam ? column.default : undefined;
    return {
      name,
      type: column.type,
      kind,
      isRequired: column.is_required && !isParam,
      isParam,
      text: textOf(value, kind)
    };
  };
  return [
    ...signature.inputs.map(column => fieldOf(column, row, false)),
    ...signature.params.map(column => fieldOf(column, given, true))
  ];
}

/** What is wrong with a field; null when nothing is. */
export function problemOf(input: IInput): Problem | null {
  const text = input.text.trim();
  if (input.kind === 'text') {
    return null;
  }
  if (text === '') {
    return input.isRequired ? 'needed' : null;
  }
  if (text === 'null' && !input.isParam) {
    return null;
  }
  switch (input.kind) {
    case 'whole':
      return /^[+-]?\d+$/.test(text) ? null : 'whole';
    case 'number':
      return Number.isFinite(Number(text)) ? null : 'number';
    case 'boolean':
      return text === 'true' || text === 'false' ? null : 'json';
    case 'json':
      try {
        JSON.parse(text);
        return null;
      } catch {
        return 'json';
      }
  }
}

/** The JSON of what was typed into a field without a problem. */
function jsonOf(input: IInput): string {
  const text = input.text.trim();
  switch (input.kind) {
    case 'text':
      return JSON.stringify(input.text);
    case 'whole':
      return text === 'null' ? text : BigInt(text.replace(/^\+/, '')).toString();
    case 'number':
      return text === 'null' ? text : JSON.stringify(Number(text));
    default:
      return text;
  }
}

/** The body for `/invocations`: one row, with the parameters of the call. */
export function bodyOf(inputs: readonly IInput[]): string {
  const given = inputs.filter(input => input.text.trim() !== '' || input.isRequired);
  const columns = given.filter(input => !input.isParam);
  const params = given.filter(input => input.isParam);
  const split =
    `{"columns": [${columns.map(({ name }) => JSON.stringify(name)).join(', ')}], ` +
    `"data": [[${columns.map(jsonOf).join(', ')}]]}`;
  const tail =
    params.length === 0
      ? ''
      : `, "params": {${params.map(input => `${JSON.stringify(input.name)}: ${jsonOf(input)}`).join(', ')}}`;
  return `{"dataframe_split": ${split}${tail}}`;
}

/** The one prediction in an answer, as it is shown large; null when there is not just one plain value. */
export function predictionOf(answer: unknown): string | null {
  const predictions = isObject(answer) ? answer.predictions : undefined;
  const one: unknown = Array.isArray(predictions) && predictions.length === 1 ? predictions[0] : undefined;
  return typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? String(one) : null;
}
