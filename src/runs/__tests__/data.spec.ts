import { describe, expect, it } from 'vitest';

import { typeText } from '../page/data';

describe('what a value is', () => {
  it.each([
    ['pandas.core.frame.DataFrame', '143 x 30', 'DataFrame 143 x 30'],
    ['numpy.ndarray', '3 x 4 float64', 'ndarray 3 x 4 float64'],
    ['float', '716400.0', 'float 716400.0'],
    ['sklearn.linear_model.LogisticRegression', 'LogisticRegression(C=1.0)', 'LogisticRegression(C=1.0)'],
    ['dict', '', 'dict'],
    ['dict[str, pandas.DataFrame]', '2 items', 'dict[str, pandas.DataFrame] 2 items']
  ])('is for %s, %j: %s', (type, summary, text) => {
    expect(typeText(type, summary)).toBe(text);
  });
});
