import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import type { Form } from '../../api/client';
import { STEP_COLORS } from '../../context';
import { logOf, logTexts, refsOf } from '../fields';
import { colorsOf, versionsServed } from '../colors';
import { chartOf, pointsOf, spanOf } from '../page/chartspec';
import {
  freeName,
  isDeploymentName,
  isLike,
  millis,
  rollbackOf,
  rateText,
  refOf,
  secondText,
  sharesOf,
  trafficText
} from '../words';

const trans = nullTranslator.load('jupyter_mlops');

function deployment(more: Partial<Form<'Deployment'>> = {}): Form<'Deployment'> {
  return {
    name: 'shop',
    model: 'churn',
    alias: 'champion',
    status: 'ready',
    message: '',
    hint: '',
    live: 4,
    canary: null,
    percent: 0,
    shadow: null,
    url: 'http://127.0.0.1:9',
    created_at: '2026-11-21T10:00:00Z',
    author: null,
    load: null,
    rejected: null,
    ...more
  };
}

describe('words of deployments', () => {
  it.each<[Partial<Form<'Deployment'>>, string]>([
    [{ live: null }, 'nothing is served yet'],
    [{}, 'v4'],
    [{ canary: 5, percent: 10 }, 'v4 90 % · v5 10 % canary'],
    [{ shadow: 6 }, 'v4 · v6 shadow'],
    [{ live: null, canary: 5, percent: 10 }, 'v5 10 % canary']
  ])('the traffic of %j', (more, text) => {
    expect(trafficText(deployment(more), trans)).toBe(text);
  });

  it('says why one is not well, and its traffic when it is', () => {
    const ill = { status: 'failed', message: 'v4 misses polars' } as const;
    expect(secondText(deployment(ill), trans)).toBe('v4 misses polars');
    expect(secondText(deployment({ ...ill, status: 'ready' }), trans)).toBe('v4');
    const rejected = { version: 5, reason: 'check', message: 'its example fails' };
    expect(secondText(deployment({ rejected }), trans)).toBe('v4 · v5 rejected');
    expect(sharesOf(deployment({ canary: 5, percent: 50 })).map(share => share.percent)).toEqual([50, 50]);
  });

  it.each<[Partial<Form<'Load'>>, string, string]>([
    [{}, 'v4 · p95 4.1 ms · 0 errors', '38 req/s'],
    [{ per_s: 0, requests: 0, p95_ms: null }, 'v4 · no requests', '0 req/s'],
    [{ per_s: 0.033, errors: 1 }, 'v4 · p95 4.1 ms · 1 error', '<0.1 req/s'],
    [{ per_s: 0.4, errors: 20 }, 'v4 · p95 4.1 ms · 20 errors', '0.4 req/s'],
    [{ per_s: 1234 }, 'v4 · p95 4.1 ms · 0 errors', '1.2k req/s']
  ])('says what comes: %j', (more, second, rate) => {
    const load = { per_s: 38.2, requests: 1000, errors: 0, p95_ms: 4.1, ...more };
    expect(secondText(deployment({ load }), trans)).toBe(second);
    expect(rateText(load.per_s, trans)).toBe(rate);
  });

  it('is found by name, model and state', () => {
    const found = ['', 'shop', 'churn@champ', 'ready v4', 'failed'].map(typed => isLike(deployment(), typed));
    expect(found).toEqual([true, true, true, true, false]);
  });

  it('writes references as the command line does', () => {
    expect([refOf('m', 'champion', 4), refOf('m', null, 4), refOf('m', null, null)]).toEqual([
      'm@champion',
      'm/4',
      'm'
    ]);
    const versions = [{ version: 2 }, { version: 1 }] as Form<'VersionRow'>[];
    const aliases = [{ alias: 'champion', version: 1, is_outside: false }];
    expect(refsOf({ name: 'm', aliases, versions }).map(each => each.ref)).toEqual([
      'm@champion',
      'm/2',
      'm/1'
    ]);
  });

  it.each<[number | null, string]>([
    [null, '–'],
    [0.4171, '0.42 ms'],
    [4.06, '4.1 ms'],
    [38.4, '38 ms'],
    [1234, '1.2 s'],
    [12_345, '12 s']
  ])('%s milliseconds are %j', (value, text) => {
    expect(millis(value)).toBe(text);
  });

  it('finds a name that is free', () => {
    expect(['shop', 'A.b_c-1', '', '-a', 'a b', 'ä'].map(isDeploymentName)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false
    ]);
    expect([
      freeName('churn', []),
      freeName('churn', ['churn', 'churn-2']),
      freeName('größe 1', []),
      freeName('日本', [])
    ]).toEqual(['churn', 'churn-3', 'gr-e-1', 'model']);
    for (const name of ['größe 1', '日本', '__x', 'a'.repeat(250)]) {
      expect(isDeploymentName(freeName(name, [freeName(name, [])]))).toBe(true);
    }
  });

  it('reads the settings of the request log', () => {
    expect(logOf({ percent: '12.5', exclude: ' name, ,email' })).toEqual({
      sample: 0.125,
      exclude: ['name', 'email']
    });
    expect(['', '101', '-1', 'x'].map(percent => logOf({ percent, exclude: '' }))).toEqual([
      null,
      null,
      null,
      null
    ]);
    expect(logTexts({ sample: 0.1, exclude: ['a', 'b'] })).toEqual({ percent: '10', exclude: 'a, b' });
  });
});

const at = (second: number): string => new Date(Date.UTC(2026, 10, 21, 10, 0, second)).toISOString();

function bucket(second: number, version: number, requests: number): Form<'Bucket'> {
  return { at: at(second), version, requests, errors: 1, p50_ms: 2, p95_ms: 3, p99_ms: 4 };
}

const now = at(15);

describe('the charts', () => {
  it('fill the gaps: who was not asked has no requests and no latency', () => {
    const buckets = [bucket(0, 4, 50), bucket(10, 4, 10), bucket(10, 5, 5)];
    const points = pointsOf({ now, width_s: 5, buckets }, 20);
    expect(points.map(({ version, rate, errors, p95 }) => [version, rate, errors, p95])).toEqual([
      ['v4', 0, 0, null],
      ['v4', 10, 1, 3],
      ['v4', 0, 0, null],
      ['v4', 2, 1, 3],
      ['v5', 0, 0, null],
      ['v5', 0, 0, null],
      ['v5', 0, 0, null],
      ['v5', 1, 1, 3]
    ]);
    expect(points.slice(0, 4).map(point => new Date(point.at).toISOString())).toEqual([
      at(-5),
      at(0),
      at(5),
      at(10)
    ]);
    // A moment that is not over has the rate of its time so far, and none when it has only begun.
    const early = pointsOf({ now: at(12), width_s: 5, buckets }, 20);
    expect(early.map(({ rate }) => rate)).toEqual([0, 10, 0, 5, 0, 0, 0, 2.5]);
    const begun = pointsOf({ now: at(10.5), width_s: 5, buckets }, 20);
    expect(begun.map(({ rate }) => rate)).toEqual([0, 10, 0, null, 0, 0, 0, null]);
    expect(spanOf({ now, width_s: 5, buckets }, 20)).toEqual([Date.parse(at(-5)), Date.parse(at(15))]);
    expect(pointsOf({ now, width_s: 5, buckets: [] }, 20)).toEqual([]);
    expect(pointsOf({ now, width_s: 0, buckets }, 20)).toEqual([]);
    expect(pointsOf({ now, width_s: 1, buckets }, 86_400)).toHaveLength(4000);
  });

  it('move with the clock of the server, though nobody asks', () => {
    const buckets = [bucket(0, 4, 50), bucket(10, 4, 10)];
    const late = { now: at(32), width_s: 5, buckets };
    expect(spanOf(late, 20)).toEqual([Date.parse(at(15)), Date.parse(at(35))]);
    expect(pointsOf(late, 20).map(({ rate, p95 }) => [rate, p95])).toEqual([
      [0, null],
      [0, null],
      [0, null],
      [0, null]
    ]);
  });

  it('give a version the colour that it has in the bar', () => {
    expect(colorsOf([1, 2], [1, 2])).toEqual([1, 2]);
    // What is served keeps its own; the older one of the same colour takes the next.
    const twin = 4 + STEP_COLORS;
    expect(colorsOf([twin], [4, twin])).toEqual([5, 4]);
    expect(colorsOf([twin], [twin])).toEqual([4]);
    expect(versionsServed({ live: 3, canary: 1, shadow: 3 })).toEqual([1, 3]);
  });

  it('take their colours from the theme, one for each version', () => {
    const asked: string[] = [];
    const words = { rate: 'r', errors: 'e', latency: 'l' };
    const spec = chartOf(
      { now, width_s: 5, buckets: [bucket(0, 4, 1), bucket(0, 4 + STEP_COLORS, 1)] },
      300,
      300,
      words,
      name => {
        asked.push(name);
        return name;
      }
    );
    expect(JSON.stringify(spec)).toContain(
      `"domain":["v4","v${4 + STEP_COLORS}"],"range":["--jp-mlops-step-4","--jp-mlops-step-5"]`
    );
    expect(asked).toContain('--jp-ui-font-color1');
  });
});

describe('a roll back', () => {
  const trans = nullTranslator.load('jupyter_mlops');
  it.each([
    ['ready', 2, null, 1, 'Roll back to v1…', true],
    ['ready', 2, 3, 1, 'End canary v3…', true],
    ['ready', 2, 3, null, 'End canary v3…', true],
    ['ready', 2, null, null, 'Roll back…', false],
    ['stopped', 2, 3, 1, 'Roll back…', false]
  ] as const)('%s, live %s, canary %s, before %s: %s', (status, live, canary, previous, label, isEnabled) => {
    const found = rollbackOf({ status, live, canary, previous }, trans);
    expect([found.label, found.isEnabled]).toEqual([label, isEnabled]);
    // A disabled button says why.
    expect(found.why).not.toBe('');
  });
});
