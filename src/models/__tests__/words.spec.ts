import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import type { Form } from '../../api/client';
import { moveText } from '../page/history';
import { columnsOf } from '../page/versions';
import { backTo } from '../rollback';
import {
  asideText,
  gainText,
  gatesText,
  inOrder,
  isLike,
  isModelName,
  laidOut,
  metricText,
  nameFor,
  previousOf,
  secondText,
  typeText,
  valueText
} from '../words';

const trans = nullTranslator.load('jupyter_mlops');

const alias = (name: string, version: number): Form<'AliasOf'> => ({
  alias: name,
  version,
  is_outside: false
});

function model(more: Partial<Form<'Model'>> = {}): Form<'Model'> {
  return {
    name: 'churn',
    description: '',
    latest: 5,
    versions: 5,
    aliases: [],
    updated_at: null,
    metric: null,
    candidate: null,
    deployments: [],
    ...more
  };
}

function move(alias: string, from: number | null, to: number | null, more: Partial<Form<'AliasMove'>> = {}) {
  return {
    alias,
    from_version: from,
    to_version: to,
    kind: 'promote',
    status: 'done',
    ...more
  } as Form<'AliasMove'>;
}

describe('the row of a model', () => {
  it.each<[Partial<Form<'Model'>>, string, string]>([
    [{ latest: null, versions: 0 }, '', 'no version yet'],
    [{}, 'v5', 'no alias yet'],
    [{ aliases: [alias('champion', 5)] }, 'champion v5', ''],
    [
      {
        aliases: [alias('previous', 3), alias('candidate', 5), alias('champion', 4)],
        metric: { name: 'accuracy', value: 0.902, champion: null },
        candidate: {
          version: 5,
          is_named: true,
          metric: { name: 'accuracy', value: 0.914, champion: 0.902 },
          gates: { passed: 5, of: 6 }
        }
      },
      'champion v4',
      'v5 candidate: accuracy +0.012 · 5 of 6 gates'
    ],
    [
      {
        aliases: [alias('champion', 4)],
        metric: { name: 'accuracy', value: 0.902, champion: null },
        candidate: {
          version: 5,
          is_named: false,
          metric: { name: 'auc', value: 0.7, champion: null },
          gates: null
        },
        deployments: ['churn', 'shop']
      },
      'champion v4',
      'v5 newer: auc 0.7 · served by churn, shop'
    ],
    [
      {
        aliases: [alias('candidate', 5)],
        metric: { name: 'accuracy', value: 0.914, champion: null },
        candidate: { version: 5, is_named: true, metric: null, gates: { passed: 0, of: 1 } }
      },
      'candidate v5',
      'accuracy 0.914 · 0 of 1 gates'
    ],
    [
      {
        aliases: [alias('champion', 4)],
        candidate: { version: 5, is_named: true, metric: null, gates: null }
      },
      'champion v4',
      'v5 candidate'
    ]
  ])('%j', (more, aside, second) => {
    expect([asideText(model(more)), secondText(model(more), trans)]).toEqual([aside, second]);
  });

  it('is found by its name, aliases and deployments', () => {
    const row = model({ aliases: [alias('champion', 4)], deployments: ['shop'] });
    expect(['', 'CHU', 'champion', 'churn v4', 'shop', 'nothing'].map(typed => isLike(row, typed))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false
    ]);
  });
});

describe('JSON as it is shown', () => {
  it.each<[unknown, string]>([
    [null, 'null'],
    ['a\n  b', '"a\\n  b"'],
    [{ a: 1, b: [1, 2] }, '{"a": 1, "b": [1, 2]}'],
    [[], '[]'],
    [
      {
        dataframe_split: {
          columns: ['tenure', 'region'],
          data: [
            [1, 'a rather long text'],
            [2, 'x']
          ]
        }
      },
      '{\n  "dataframe_split": {\n    "columns": ["tenure", "region"],\n    "data": [[1, "a rather long text"], [2, "x"]]\n  }\n}'
    ]
  ])('%j', (value, text) => {
    expect(laidOut(value)).toBe(text);
  });

  it('is the same value, whatever its texts hold', () => {
    const value = { 'a { b': ['[ x ]', ' ] }', '{ }'], c: { d: 'x'.repeat(80), e: [{ f: '\n ' }] } };
    expect(JSON.parse(laidOut(value))).toEqual(value);
  });
});

describe('words of models', () => {
  it('orders aliases: the champion first, what was before last', () => {
    const names = ['previous-test', 'zeta', 'previous', 'champion', 'alpha'];
    expect(inOrder(names.map(name => alias(name, 1))).map(each => each.alias)).toEqual([
      'champion',
      'alpha',
      'zeta',
      'previous',
      'previous-test'
    ]);
    expect(['champion', 'test'].map(previousOf)).toEqual(['previous', 'previous-test']);
  });

  it.each<[number | null, number | null, string]>([
    [0.914, 0.902, '+0.012'],
    [0.1, 0.3, '−0.2'],
    [3, 3, '±0'],
    [null, 1, ''],
    [1, null, ''],
    [Infinity, 1, '']
  ])('gain of %s over %s is %j', (value, champion, text) => {
    expect(gainText(value, champion)).toBe(text);
  });

  it('says a metric that has no value by its name', () => {
    expect(metricText({ name: 'auc', value: null, champion: 1 })).toBe('auc');
  });

  it('writes columns, values and gates', () => {
    const column = { name: null, type: 'float32', is_required: true, shape: [-1, 28, 28], default: null };
    expect([typeText(column), typeText({ ...column, shape: null })]).toEqual([
      'float32 (-1, 28, 28)',
      'float32'
    ]);
    expect([null, undefined, 0.5, 'x', true, { a: [1] }].map(valueText)).toEqual([
      '',
      '',
      '0.5',
      'x',
      'true',
      '{"a":[1]}'
    ]);
    const gate = (status: 'pass' | 'fail' | 'na') => ({ status }) as Form<'Gate'>;
    expect(gatesText([], trans)).toBe('no gates');
    expect(gatesText([gate('pass'), gate('fail'), gate('na')], trans)).toBe(
      '1 of 2 passed, 1 does not apply'
    );
    expect(gatesText([gate('na')], trans)).toBe('1 does not apply');
  });

  it('proposes the name of the run for a model that has everybody’s name', () => {
    const names = ['model', 'Pipeline', '', 'churn-forest', 'a/b'].map(name => nameFor({ name }, 'shop:1'));
    expect(names).toEqual(['shop-1', 'shop-1', 'shop-1', 'churn-forest', 'a-b']);
    expect(['', ' ', 'a/b', 'a:b', 'größe 1'].map(isModelName)).toEqual([false, false, false, false, true]);
  });

  it('says moves', () => {
    expect(moveText(move('champion', null, 5), trans)).toBe('champion none → v5');
    expect(moveText(move('champion', 5, null), trans)).toBe('champion v5 → none');
  });

  it('gives columns to the metrics that most versions have', () => {
    const row = (...names: string[]) => ({
      metrics: names.map(name => ({ name, value: 1, champion: null }))
    });
    expect(columnsOf([row('b', 'rare'), row('a', 'b', 'c'), row('b', 'c', 'a')])).toEqual(['b', 'a', 'c']);
    expect(columnsOf([])).toEqual([]);
  });
});

describe('where a roll back leads', () => {
  // As jupyter_mlops/models/history.py has it; the moves are newest first.
  const all = [1, 2, 3, 4, 5];
  it.each<[string, Form<'AliasMove'>[], number, readonly number[], number | null]>([
    ['nothing was moved', [], 5, all, null],
    ['it was nowhere before', [move('champion', null, 5)], 5, all, null],
    ['one promotion', [move('champion', 4, 5)], 5, all, 4],
    ['two promotions', [move('champion', 4, 5), move('champion', 3, 4)], 5, all, 4],
    [
      'a roll back leads further back the next time',
      [move('champion', 5, 4, { kind: 'rollback' }), move('champion', 4, 5), move('champion', 3, 4)],
      4,
      all,
      3
    ],
    ['what was deleted is passed over', [move('champion', 4, 5), move('champion', 3, 4)], 5, [3, 5], 3],
    ['others’ moves do not count', [move('candidate', 1, 2), move('champion', 4, 5)], 5, all, 4],
    [
      'what did not happen does not count',
      [move('champion', 2, 5, { status: 'undone' }), move('champion', 4, 5)],
      5,
      all,
      4
    ]
  ])('%s', (_, moves, current, versions, to) => {
    expect(backTo(moves, 'champion', current, versions)).toBe(to);
  });
});
