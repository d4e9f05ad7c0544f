import { describe, expect, it } from 'vitest';

import { lettersIn } from '../layout';
import { widened } from '../width';

describe('the width of the sidebar', () => {
  it.each([
    ['is widened from the main area', [0.2, 0.8], 1000, [0.32, 0.68]],
    ['leaves the right one', [0.2, 0.7, 0.1], 1000, [0.32, 0.58, 0.1]],
    ['stays when it is wide', [0.4, 0.6], 1000, null],
    ['stays in a small window', [0.3, 0.7], 800, null],
    ['stays when nothing is beside it', [1], 1000, null]
  ])('%s', (_, shares, total, expected) => {
    const made = widened(shares, total);
    expect(made?.map(share => Math.round(share * 100) / 100) ?? null).toEqual(expected);
  });
});

describe('the names on an edge', () => {
  it.each([
    [90, 12],
    [50, 6],
    [0, 1],
    [-20, 1]
  ])('fit a gap of %d px with %d letters', (gap, letters) => {
    expect(lettersIn(gap)).toBe(letters);
  });
});
