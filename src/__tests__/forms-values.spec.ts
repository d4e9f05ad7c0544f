import { describe, expect, it } from 'vitest';

import type { Form } from '../api/client';
import {
  choicesOf,
  fieldOf,
  givenOf,
  isJobName,
  type ITyped,
  jobNameFrom,
  NONE,
  problemOf,
  saidOf,
  startOf
} from '../forms/values';

function parameter(type: string, more: Partial<Form<'Parameter'>> = {}): Form<'Parameter'> {
  return {
    name: 'value',
    type,
    default: null,
    default_text: null,
    required: false,
    computed: false,
    cell: 0,
    cell_number: 1,
    ...more
  };
}

function typed(text: string): ITyped {
  return { text, isNone: false, isGiven: true };
}

describe('the choices of a type', () => {
  it.each([
    ["Literal['a', 'b']", ['a', 'b']],
    ["Literal['a, b', \"it's\", 2]", ['a, b', "it's", '2']],
    ["Literal[-1, True, 'tab\\t', '\\u00e9']", ['-1', 'True', 'tab\t', 'é']],
    ['int', []]
  ])('of %s', (type, choices) => {
    expect(choicesOf(type)).toEqual(choices);
  });
});

describe('the field of a parameter', () => {
  it.each([
    ['str', 'text'],
    ['int', 'int'],
    ['Optional[float]', 'float'],
    ['Optional[bool]', 'choice'],
    ["Literal['a']", 'choice'],
    ['date', 'date'],
    ['list[int]', 'structure'],
    ['any', 'any']
  ])('of type %s is %s', (type, kind) => {
    expect(fieldOf(parameter(type)).kind).toBe(kind);
  });

  it('is a box when a truth value has a default', () => {
    expect(fieldOf(parameter('bool', { default: true, default_text: 'true' })).kind).toBe('bool');
    expect(fieldOf(parameter('bool', { required: true })).kind).toBe('choice');
  });

  it.each(['password', 'apiKey', 'DB_TOKEN'])('keeps %s to itself', name => {
    expect(fieldOf(parameter('str', { name })).isSecret).toBe(true);
  });

  it('begins with what was typed the last time, or the default', () => {
    const field = fieldOf(parameter('int', { default: 3, default_text: '3' }));
    expect(startOf(field, undefined)).toEqual({ text: '3', isNone: false, isGiven: false });
    expect(startOf(field, '4')).toEqual({ text: '4', isNone: false, isGiven: true });
    const optional = fieldOf(parameter('Optional[int]'));
    expect(startOf(optional, undefined)).toEqual({ text: '', isNone: true, isGiven: false });
    expect(saidOf(startOf(optional, undefined))).toBe(NONE);
  });
});

describe('what is wrong with a text', () => {
  it.each([
    ['int', '1_000', null],
    ['int', '-7', null],
    ['int', '1.5', 'int'],
    ['int', '', 'needed'],
    ['float', '.5', null],
    ['float', '1e-3', null],
    ['float', '-inf', null],
    ['float', '1,5', 'float'],
    ['date', '2026-01-31', null],
    ['date', '31.1.2026', 'date'],
    ['datetime', '2026-01-31T10:00:00Z', null],
    ['datetime', 'noon', 'datetime'],
    ['str', '', null]
  ])('%s %j', (type, text, problem) => {
    expect(problemOf(fieldOf(parameter(type)), typed(text))).toBe(problem);
  });

  it('needs a value that has no default', () => {
    const untouched = { text: '', isNone: false, isGiven: false };
    expect(problemOf(fieldOf(parameter('int', { required: true })), untouched)).toBe('needed');
    expect(problemOf(fieldOf(parameter('int')), untouched)).toBeNull();
  });
});

describe('what is sent', () => {
  it('is what differs from the defaults; a text stays a text', () => {
    const fields = [
      fieldOf(parameter('int', { name: 'big', default: 1, default_text: '1' })),
      fieldOf(parameter('str', { name: '__proto__', default: '', default_text: '' })),
      fieldOf(parameter('Optional[int]', { name: 'none', default: 1, default_text: '1' })),
      fieldOf(parameter('int', { name: 'same', default: 2, default_text: '2' }))
    ];
    const all = new Map<string, ITyped>([
      ['big', typed(' 12345678901234567890 ')],
      ['__proto__', typed(' 12 ')],
      ['none', { text: '', isNone: true, isGiven: true }],
      ['same', typed('2')]
    ]);
    const { parameters, texts } = givenOf(fields, all);
    expect(Object.entries(parameters)).toEqual([
      ['__proto__', ' 12 '],
      ['none', null]
    ]);
    expect(Object.entries(texts)).toEqual([['big', '12345678901234567890']]);
  });
});

describe('the name of a job', () => {
  it.each([
    ['churn-nightly.v2', true],
    ['_a', true],
    ['größe', true],
    ['', false],
    ['.a', false],
    ['-a', false],
    ['a b', false],
    ['a/b', false],
    ['a'.repeat(200), true],
    ['a'.repeat(201), false],
    // 201 bytes as typed on some systems, 134 as the server counts them.
    ['e\u0301'.repeat(67), true],
    ['\u00e9'.repeat(101), false],
    ['\u0301a', false],
    ['a\ud800', false]
  ])('%j: %s', (text, is) => {
    expect(isJobName(text)).toBe(is);
  });

  it.each([
    ['work/churn model.ipynb', 'churn-model'],
    ['-- Größe (2).ipynb', 'Größe-2']
  ])('from %j is %j', (path, name) => {
    expect(jobNameFrom(path)).toBe(name);
  });
});
