import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';

import type { IMlops } from '../context';
import { ActivityItem } from '../status/plugin';

describe('the item in the status bar', () => {
  it.each([
    [0, 0, ''],
    [1, 0, '1 run is running'],
    [0, 1, '1 run is waiting'],
    [2, 3, '2 runs are running, 3 runs are waiting']
  ])('says of %i running and %i queued runs: %s', (running, queued, words) => {
    const live = { stateChanged: new Signal({}), reach: 'answers', activity: { running, queued } };
    const item = new ActivityItem({ live, trans: nullTranslator.load('') } as unknown as IMlops);
    expect(item.node.title).toBe(words);
    expect(item.isActive).toBe(words !== '');
  });
});
