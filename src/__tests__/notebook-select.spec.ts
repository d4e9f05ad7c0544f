import { describe, expect, it } from 'vitest';

import { metadataOf, type SessionFacts } from '../notebook/inspector';
import { spanOf } from '../notebook/select';

describe('what is typed over after a fix', () => {
  it.each([
    ['threshold = None', 'threshold = None', 'None', { line: 0, column: 12 }, { line: 0, column: 16 }],
    ['n = 1\nrate = 1.0', 'rate = 1.0', '1.0', { line: 1, column: 7 }, { line: 1, column: 10 }],
    ['path = ""\n', 'path = ""', '""', { line: 0, column: 7 }, { line: 0, column: 9 }]
  ])('%j: %s', (cell, source, select, start, end) => {
    expect(spanOf(cell, source, select)).toEqual({ start, end });
  });

  it.each([
    ['x = 1', 'rate = None', 'None'],
    ['import os', 'import os', ''],
    ['x = 1', 'x = 1', 'y']
  ])('is nothing in %j for %j', (cell, source, select) => {
    expect(spanOf(cell, source, select)).toBeNull();
  });
});

describe('the kernel of a notebook', () => {
  const session = (more: object): SessionFacts => ({
    isReady: true,
    kernelPreference: {},
    session: null,
    ...more
  });
  const spec = (name: string): object => ({ kernelspec: { name, display_name: name } });

  it.each([
    ['that starts', {}, session({ isReady: false, kernelPreference: { name: 'py312' } }), spec('py312')],
    ['that JupyterLab asks for', {}, session({ isReady: false }), spec('python3')],
    ['that runs, and is not saved', {}, session({ session: { kernel: { name: 'conda' } } }), spec('conda')],
    ['that is saved', spec('mine'), session({ session: { kernel: { name: 'conda' } } }), spec('mine')],
    ['that was not chosen', {}, session({}), {}],
    ['of a document without a session', {}, null, {}]
  ])('%s', (_, metadata, facts, expected) => {
    expect(metadataOf(metadata as Record<string, unknown>, facts)).toEqual(expected);
  });
});
