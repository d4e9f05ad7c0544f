/**
 * Values of parameters as a user types them. Pure.
 *
 * The server reads the texts by the declared types, exactly as it reads `-p NAME=VALUE`; here is only what a field looks
 * like, what its text is at first, and which mistakes can be told while typing. A text is sent as it was typed, so that
 * no large number loses a digit in JavaScript.
 */

import type { Form } from '../api/client';

/** How a parameter is asked for. */
export type Kind = 'text' | 'int' | 'float' | 'bool' | 'choice' | 'date' | 'datetime' | 'structure' | 'any';

/** What a field is. */
export interface IField {
  readonly parameter: Form<'Parameter'>;
  readonly kind: Kind;
  /** Whether it may be None. */
  readonly isOptional: boolean;
  /** Of a choice. */
  readonly choices: readonly string[];
  /** The text of the default; null when there is none to show. */
  readonly default: string | null;
  /** Whether its name says that its value is nobody's business. */
  readonly isSecret: boolean;
}

/** What is typed into a field. */
export interface ITyped {
  readonly text: string;
  readonly isNone: boolean;
  /** Whether it is given at all: what was never touched has its default. */
  readonly isGiven: boolean;
}

/** Why a text is no value, for whoever finds the words. */
export type Problem = 'needed' | 'int' | 'float' | 'date' | 'datetime';

/** How None is kept, which no text that is typed can be. */
export const NONE = '\0None';

const SECRET =
  /(^|_)(pass(word|wd|phrase)?|pwd|secrets?|token|bearer|auth|credentials?|(api|access|private|secret)_?key)(_|$)/;

/** Whether the value of a name is nobody's business: by its words, however they are joined. */
export function isSecret(name: string): boolean {
  return SECRET.test(name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase());
}

/** The choices of `Literal['a', 2, None]`, as texts. */
export function choicesOf(type: string): string[] {
  const inner = /^Literal\[(.*)\]$/s.exec(type)?.[1];
  if (inner === undefined) {
    return [];
  }
  const found: string[] = [];
  const token = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,\s'"]+)/gs;
  for (const match of inner.matchAll(token)) {
    const quoted = match[1] ?? match[2];
    found.push(quoted === undefined ? (match[3] ?? '') : unescaped(quoted));
  }
  return found;
}

function unescaped(text: string): string {
  const named: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
  return text.replace(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)/gis, (_, code: string) =>
    code.length > 1 ? String.fromCodePoint(parseInt(code.slice(1), 16)) : (named[code] ?? code)
  );
}

/** Describe the field of a parameter. */
export function fieldOf(parameter: Form<'Parameter'>): IField {
  const isOptional = parameter.type.startsWith('Optional[');
  const type = isOptional ? parameter.type.slice('Optional['.length, -1) : parameter.type;
  const kinds: Partial<Record<string, Kind>> = {
    str: 'text',
    int: 'int',
    float: 'float',
    bool: 'bool',
    date: 'date',
    datetime: 'datetime',
    any: 'any',
    None: 'any'
  };
  const isSure = type === 'bool' && !isOptional && typeof parameter.default === 'boolean';
  // A box that is ticked or not cannot say that nothing was chosen yet.
  const choices = type === 'bool' && !isSure ? ['true', 'false'] : choicesOf(type);
  const kind = choices.length > 0 ? 'choice' : (kinds[type] ?? 'structure');
  const text = parameter.default === null && isOptional ? NONE : parameter.default_text;
  return {
    parameter,
    kind,
    isOptional,
    choices,
    default: parameter.required || parameter.computed ? null : text,
    isSecret: isSecret(parameter.name)
  };
}

/** What a field holds at first: what was typed the last time, or the default. */
export function startOf(field: IField, remembered: string | undefined): ITyped {
  const text = remembered ?? field.default ?? '';
  const isNone = text === NONE;
  const isGiven = remembered !== undefined && remembered !== field.default;
  return { text: isNone ? '' : text, isNone, isGiven };
}

/** The text that is remembered, and compared with the default. */
export function saidOf(typed: ITyped): string {
  return typed.isNone ? NONE : typed.text;
}

/** Longer than any number: what is no value is not looked at for long. */
const LONGEST = 5000;

/** Say what is wrong with a text; null when nothing can be told here. */
export function problemOf(field: IField, typed: ITyped): Problem | null {
  const text = typed.text.trim();
  if (text.length > LONGEST && field.kind !== 'structure' && field.kind !== 'any' && field.kind !== 'text') {
    return field.kind === 'choice' || field.kind === 'bool' ? null : field.kind;
  }
  if (!typed.isGiven) {
    return field.parameter.required ? 'needed' : null;
  }
  if (typed.isNone || field.kind === 'text') {
    return null;
  }
  if (text === '') {
    return 'needed';
  }
  switch (field.kind) {
    case 'int':
      return /^[-+]?\d+(_\d+)*$/.test(text) ? null : 'int';
    case 'float':
      return isFloat(text) ? null : 'float';
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? null : 'date';
    case 'datetime':
      return /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[-+]\d{2}:?\d{2})?)?$/.test(text)
        ? null
        : 'datetime';
    default:
      return null;
  }
}

function isFloat(text: string): boolean {
  const number = /^[-+]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[-+]?\d+)?$/i;
  return number.test(text) || /^[-+]?(nan|inf|infinity)$/i.test(text);
}

/** What a form sends: texts of types that are read, and texts that are texts as JSON. */
export interface IGiven {
  readonly parameters: Record<string, unknown>;
  readonly texts: Record<string, string>;
}

/** What is sent of all fields: what was given, and not what is the default anyway. */
export function givenOf(fields: readonly IField[], typed: ReadonlyMap<string, ITyped>): IGiven {
  // Without a prototype: a parameter may have any name.
  const parameters = Object.create(null) as Record<string, unknown>;
  const texts = Object.create(null) as Record<string, string>;
  for (const field of fields) {
    const { name } = field.parameter;
    const value = typed.get(name);
    if (!value?.isGiven || saidOf(value) === field.default) {
      continue;
    }
    if (value.isNone || field.kind === 'text') {
      // A text is a text, whatever it looks like.
      parameters[name] = value.isNone ? null : value.text;
    } else {
      texts[name] = value.text.trim();
    }
  }
  return { parameters, texts };
}

/** Whether a text is a name of a job. The same rule as the server's, which composes letters and marks first. */
export function isJobName(text: string): boolean {
  const name = text.normalize('NFC');
  return /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._-]*$/u.test(name) && new TextEncoder().encode(name).length <= 200;
}

/** Turn the name of a notebook into one for a job. */
export function jobNameFrom(path: string): string {
  const name = (path.split('/').pop() ?? '').replace(/\.ipynb$/, '').normalize('NFC');
  return name.replace(/[^\p{L}\p{N}\p{M}._-]+/gu, '-').replace(/^[^\p{L}\p{N}_]+|-+$/gu, '');
}
