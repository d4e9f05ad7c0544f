import { describe, expect, it } from 'vitest';

import { neighbour, scaleOf, shiftTo, viewOf } from '../graph';
import { broadest, edgeLabel, type ILayoutOptions, place } from '../layout';

const DOWN: ILayoutOptions = { direction: 'TB', width: 100, height: 24, rankGap: 16, boxGap: 12 };
const STEPS = [
  { name: 'load', after: [] },
  { name: 'forest', after: ['load'] },
  { name: 'boosting', after: ['load'] },
  { name: 'evaluate', after: ['forest', 'boosting'] }
];

describe('scaleOf', () => {
  it('is that of the direction with the least room', () => {
    const layout = { width: 400, height: 1800 };
    expect(scaleOf(layout, 800)).toBe(1);
    expect(scaleOf(layout, 100)).toBe(0.25);
    // Thirty steps beside each other are too many for the height of a page, not for its width.
    expect(scaleOf(layout, 800, 360)).toBe(0.2);
  });
});

describe('viewOf', () => {
  it('cuts what would be too small to be read, and shrinks the rest', () => {
    expect(viewOf({ width: 300, height: 40 }, 320)).toEqual({ zoom: 1, isCut: false });
    expect(viewOf({ width: 380, height: 40 }, 320)).toEqual({ zoom: 0.8, isCut: false });
    expect(viewOf({ width: 700, height: 40 }, 320).isCut).toBe(true);
    // A chain of twenty steps in the panel: narrow, and too long.
    expect(viewOf({ width: 120, height: 800 }, 320, 340).isCut).toBe(true);
    // Nothing is known of its place yet.
    expect(viewOf({ width: 700, height: 40 }, 0).isCut).toBe(false);
  });
});

describe('shiftTo', () => {
  it('brings a place to the middle, and no more emptiness than a margin', () => {
    expect(shiftTo(undefined, 1000, 400, 1)).toBe(8);
    expect(shiftTo(500, 1000, 400, 1)).toBe(-300);
    expect(shiftTo(20, 1000, 400, 1)).toBe(8);
    expect(shiftTo(990, 1000, 400, 1)).toBe(-608);
    expect(shiftTo(100, 200, 400, 1)).toBe(8);
  });
});

describe('broadest', () => {
  it('counts what is beside each other', () => {
    expect(broadest([])).toBe(0);
    expect(broadest(STEPS)).toBe(2);
    expect(broadest([{ name: 'a', after: ['gone'] }])).toBe(1);
  });
});

describe('place', () => {
  it('puts what comes after below, and what is side by side beside each other', () => {
    const { boxes, width, height } = place(STEPS, DOWN);
    const [load, forest, boosting, evaluate] = boxes;
    expect(boxes.map(box => box.name)).toEqual(STEPS.map(step => step.name));
    expect(forest?.y).toBe(boosting?.y);
    expect(Math.abs((forest?.x ?? 0) - (boosting?.x ?? 0))).toBeGreaterThanOrEqual(112);
    expect((load?.y ?? 0) + 24 + 16).toBeCloseTo(forest?.y ?? 0);
    expect(evaluate?.y).toBeGreaterThan(forest?.y ?? 0);
    expect([width, height]).toEqual([212, 104]);
  });

  it('leaves out what is not there, and is empty for nothing', () => {
    expect(place([{ name: 'a', after: ['gone'] }], DOWN).boxes).toEqual([{ name: 'a', x: 0, y: 0 }]);
    expect(place([], DOWN)).toEqual({ boxes: [], width: 0, height: 0 });
  });

  it('needs for ten times the steps not much more than ten times as long', () => {
    const cost = (count: number) => {
      const many = Array.from({ length: count }, (_, index) => ({
        name: `s${index}`,
        after: index === 0 ? [] : [`s${Math.floor((index - 1) / 3)}`]
      }));
      const times = Array.from({ length: 5 }, () => {
        const started = performance.now();
        expect(place(many, { ...DOWN, direction: 'LR' }).boxes).toHaveLength(count);
        return performance.now() - started;
      });
      return Math.min(...times);
    };
    expect(cost(200)).toBeLessThan(50 * cost(20));
  });

  it('is walked with the arrow keys', () => {
    const layout = place(STEPS, DOWN);
    expect(neighbour(layout, DOWN, 'ArrowUp', 'load')).toBeNull();
    expect(neighbour(layout, DOWN, 'ArrowDown', 'forest')).toBe('evaluate');
    expect(['forest', 'boosting']).toContain(neighbour(layout, DOWN, 'ArrowDown', 'load'));
    const beside =
      neighbour(layout, DOWN, 'ArrowRight', 'forest') ?? neighbour(layout, DOWN, 'ArrowLeft', 'forest');
    expect(beside).toBe('boosting');
    expect(neighbour(layout, DOWN, 'a', 'load')).toBeNull();
  });
});

describe('edgeLabel', () => {
  it.each([
    [['df'], 10, 'df'],
    [['a', 'b'], 10, 'a b'],
    [['X_train', 'y_train', 'X_test'], 10, 'X_train +2'],
    [['a_very_long_name'], 8, 'a_very_…'],
    [[], 8, '']
  ])('cuts %j to %d letters', (names, room, text) => {
    expect(edgeLabel(names, room)).toBe(text);
  });
});
