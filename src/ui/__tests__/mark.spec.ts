import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { shownOf, type Status, wordOf } from '../mark';

const trans = nullTranslator.load('jupyter_mlops');

describe('how a step is shown', () => {
  it.each<[Status, string[] | null, Partial<{ cached: boolean; carried_from: string }>, string]>([
    ['skipped', ['load'], {}, 'not selected'],
    ['skipped', ['load', 'fit'], {}, 'skipped'],
    ['skipped', null, {}, 'skipped'],
    ['succeeded', ['load'], { carried_from: 'r1' }, 'cached'],
    ['succeeded', null, { cached: true }, 'cached'],
    ['succeeded', ['fit'], {}, 'succeeded'],
    ['pending', ['load'], {}, 'pending']
  ])('%s when %j were chosen, with %j: %s', (status, chosen, more, word) => {
    const step = { name: 'fit', status, cached: false, carried_from: null, ...more };
    expect(wordOf(shownOf(step, { chosen }), trans)).toBe(word);
  });
});
