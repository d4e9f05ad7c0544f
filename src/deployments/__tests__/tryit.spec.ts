import { describe, expect, it } from 'vitest';

import type { Form } from '../../api/client';
import { bodyOf, type IInput, inputsOf, predictionOf, problemOf, rowOf } from '../page/tryit';

function column(name: string | null, type: string, more: Partial<Form<'Column'>> = {}): Form<'Column'> {
  return { name, type, is_required: true, shape: null, default: null, ...more };
}

function signature(inputs: Form<'Column'>[], params: Form<'Column'>[] = []): Form<'Signature'> {
  return { inputs, outputs: [], params };
}

/** The fields with what was typed into some. */
function typed(inputs: readonly IInput[] | null, texts: Record<string, string>): IInput[] {
  return (inputs ?? []).map(input => ({ ...input, text: texts[input.name] ?? input.text }));
}

describe('the first row of an example', () => {
  it.each<[unknown, Record<string, unknown>]>([
    [{ dataframe_split: { columns: ['a', 'b'], data: [[1, 'x'], [2]] } }, { a: 1, b: 'x' }],
    [{ dataframe_split: { columns: ['a'], data: [] } }, {}],
    [{ dataframe_records: [{ a: 1 }] }, { a: 1 }],
    [{ instances: [{ a: 1 }] }, { a: 1 }],
    [{ inputs: [{ a: 1 }] }, { a: 1 }],
    [{ inputs: { a: [1, 2], b: 'x' } }, { a: 1, b: 'x' }],
    [{ inputs: [[1, 2]] }, {}],
    [null, {}],
    ['text', {}],
    [[1], {}]
  ])('of %j', (example, row) => {
    expect(rowOf(example)).toEqual(row);
  });
});

describe('the fields', () => {
  const columns = [
    column('age', 'long'),
    column('rate', 'double'),
    column('name', 'string'),
    column('is_new', 'boolean'),
    column('since', 'datetime', { is_required: false }),
    column('words', 'Array(string)')
  ];
  const example = {
    dataframe_split: {
      columns: ['age', 'rate', 'name', 'is_new', 'words'],
      data: [[41, 0.5, 'Ann', true, ['a']]]
    },
    params: { top: 3 }
  };
  const params = [column('top', 'long', { default: 1 }), column('mode', 'string', { default: 'fast' })];

  it('are filled from the example; parameters have their defaults', () => {
    const inputs = inputsOf(signature(columns, params), example) ?? [];
    expect(inputs.map(({ name, kind, text }) => [name, kind, text])).toEqual([
      ['age', 'whole', '41'],
      ['rate', 'number', '0.5'],
      ['name', 'text', 'Ann'],
      ['is_new', 'boolean', 'true'],
      ['since', 'text', ''],
      ['words', 'json', '["a"]'],
      ['top', 'whole', '3'],
      ['mode', 'text', 'fast']
    ]);
    expect(inputs.map(problemOf)).toEqual(inputs.map(() => null));
  });

  it('make the body: numbers as they were typed, what is empty left out', () => {
    const inputs = typed(inputsOf(signature(columns, params), example), {
      age: '+9007199254740993',
      name: 'a "b"\n</script>',
      words: '[1, {"b": null}]',
      mode: ''
    });
    expect(bodyOf(inputs)).toBe(
      '{"dataframe_split": {"columns": ["age", "rate", "name", "is_new", "words"], ' +
        '"data": [[9007199254740993, 0.5, "a \\"b\\"\\n</script>", true, [1, {"b": null}]]]}, "params": {"top": 3}}'
    );
    expect(() => JSON.parse(bodyOf(inputs)) as unknown).not.toThrow();
  });

  it.each<[string, string, boolean, ReturnType<typeof problemOf>]>([
    ['long', '', true, 'needed'],
    ['long', '', false, null],
    ['long', '1.5', true, 'whole'],
    ['long', '-007', true, null],
    ['double', '1e3', true, null],
    ['double', 'many', true, 'number'],
    ['double', 'null', true, null],
    ['boolean', 'yes', true, 'json'],
    ['string', '', true, null],
    ['Map(string)', '{', true, 'json'],
    ['Any', '{}', true, null]
  ])('a %s of %j (needed: %s) has the problem %s', (type, text, isRequired, problem) => {
    const inputs = inputsOf(signature([column('a', type, { is_required: isRequired })]), null) ?? [];
    expect(typed(inputs, { a: text }).map(problemOf)).toEqual([problem]);
  });

  it('write every number so that JSON takes it', () => {
    const numbers = inputsOf(signature([column('a', 'long'), column('b', 'double')]), null);
    for (const [a, b] of [
      ['-007', '.5'],
      ['0', '1e3'],
      ['null', 'null']
    ]) {
      const body = bodyOf(typed(numbers, { a: a ?? '', b: b ?? '' }));
      expect(() => JSON.parse(body) as unknown, body).not.toThrow();
    }
  });

  it('are none without named columns: the body is typed as JSON', () => {
    expect(inputsOf(null, example)).toBeNull();
    expect(inputsOf(signature([]), null)).toBeNull();
    expect(inputsOf(signature([column(null, 'double')]), null)).toBeNull();
    expect(inputsOf(signature([column('image', 'float32', { shape: [-1, 28] })]), null)).toBeNull();
    expect(
      inputsOf(signature(Array.from({ length: 201 }, (_, n) => column(`c${n}`, 'long'))), null)
    ).toBeNull();
  });
});

describe('the prediction that is shown large', () => {
  it.each<[unknown, string | null]>([
    [{ predictions: [1] }, '1'],
    [{ predictions: ['no'] }, 'no'],
    [{ predictions: [false] }, 'false'],
    [{ predictions: [1, 2] }, null],
    [{ predictions: [{ a: 1 }] }, null],
    [{ predictions: { a: 1 } }, null],
    ['text', null],
    [null, null]
  ])('of %j is %j', (answer, text) => {
    expect(predictionOf(answer)).toBe(text);
  });
});
