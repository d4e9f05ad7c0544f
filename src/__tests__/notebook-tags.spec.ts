import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import {
  checkName,
  isOption,
  isRole,
  isTagged,
  readTags,
  renameStep,
  setOptions,
  setRole,
  setStep,
  shortOption,
  VOCABULARY
} from '../notebook/tags';

describe('the vocabulary', () => {
  it('is that of the user guide', () => {
    const guide = readFileSync('docs/tags.md', 'utf8');
    const table = guide.slice(guide.indexOf('|---|'), guide.indexOf('<!-- end -->'));
    const rows = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(found => found[1] ?? '');
    const words = rows.map(row => row.split(':')[0] ?? '');
    expect([...VOCABULARY.keys()]).toEqual(words);
    expect(rows.filter(row => row.includes(':')).map(row => row.split(':')[0])).toEqual(
      [...VOCABULARY].filter(([, word]) => word.hasValue).map(([word]) => word)
    );
  });
});

describe('reading tags', () => {
  it.each([
    [undefined, null, null, null, []],
    ['step:a', null, null, null, []],
    [[], null, null, null, []],
    [['mine', 'constructor', '__proto__', 3, null], null, null, null, []],
    [['step:train'], 'step', 'train', 'step', []],
    [['block:train'], 'step', 'train', 'block', []],
    [[' step : a b '], 'step', 'a b', 'step', []],
    [['step'], null, null, null, []],
    [['step:'], null, null, null, []],
    [['step:a', 'step:b'], 'step', 'a', 'step', []],
    [['step:a', 'retry:2', 'x', 'prev:b'], 'step', 'a', 'step', ['retry:2', 'prev:b']],
    [['parameters'], 'parameters', null, 'parameters', []],
    [['parameters:1'], null, null, null, []],
    [['imports'], 'setup', null, 'imports', []],
    [['pipeline-metrics'], 'metrics', null, 'pipeline-metrics', []],
    [['pipeline-metrics', 'step:a'], 'metrics', 'a', 'pipeline-metrics', []],
    [['step:a', 'skip', 'parameters'], 'skip', 'a', 'skip', []],
    [['parameters', 'step:a'], 'step', 'a', 'step', []],
    [['raises-exception'], null, null, null, []],
    [['ignore:notebook.tag', 'retry:2'], null, null, null, ['retry:2']]
  ])('%j', (tags, role, step, word, options) => {
    expect(readTags(tags)).toEqual({ role, step, word, options });
  });

  it('tells roles, options and foreign tags apart', () => {
    expect(['step:a', 'skip', 'retry:2', 'retry', 'x'].map(isRole)).toEqual([
      true,
      true,
      false,
      false,
      false
    ]);
    expect(['step:a', 'skip', 'retry:2', 'retry', 'x'].map(isOption)).toEqual([
      false,
      false,
      true,
      false,
      false
    ]);
    expect(isTagged(['x', 'raises-exception', 'ignore:notebook.tag'])).toBe(false);
    expect(isTagged(['cache:enabled'])).toBe(true);
  });
});

describe('setting the step', () => {
  it.each([
    [undefined, ['step:n']],
    [['x'], ['x', 'step:n']],
    [
      ['x', 'step:a', 'y', 'retry:2'],
      ['x', 'step:n', 'y', 'retry:2']
    ],
    [
      ['block:a', 'step:b', 'x'],
      ['step:n', 'x']
    ],
    [
      ['skip', 'x'],
      ['step:n', 'x']
    ],
    [
      ['block:n', 'x'],
      ['block:n', 'x']
    ],
    [['pipeline-metrics', 'step:n'], ['step:n']],
    [
      [3, 'parameters'],
      [3, 'step:n']
    ]
  ])('%j becomes %j', (tags, made) => {
    expect(setStep(tags, 'n')).toEqual(made);
  });
});

describe('setting the role', () => {
  it.each([
    [['x', 'step:a', 'retry:2'], 'parameters', ['x', 'parameters']],
    [['x', 'step:a', 'retry:2'], 'skip', ['x', 'step:a', 'retry:2', 'skip']],
    [['x', 'step:a', 'skip', 'skip-execution'], 'skip', ['x', 'step:a']],
    [['step:a', 'retry:2', 'x'], null, ['x']],
    [['retry:2', 'x'], null, ['x']],
    [['imports', 'x'], 'setup', ['imports', 'x']],
    [['step:a', 'x'], 'pipeline-metrics', ['step:a', 'x', 'pipeline-metrics']],
    [['parameters', 'x'], 'pipeline-metrics', ['pipeline-metrics', 'x']],
    [undefined, 'setup', ['setup']],
    [['step:a'], 'step', []],
    [['step:a'], 'nonsense', []]
  ])('%j as %j becomes %j', (tags, role, made) => {
    expect(setRole(tags, role)).toEqual(made);
  });
});

describe('options and names', () => {
  it('sets options where the first one was', () => {
    expect(setOptions(['step:a', 'retry:2', 'x', 'cache:enabled'], ['retry:3', 'timeout:1h'])).toEqual([
      'step:a',
      'retry:3',
      'timeout:1h',
      'x'
    ]);
    expect(setOptions(['step:a', 'retry:2'], [])).toEqual(['step:a']);
    expect(setOptions(['x'], ['retry:2'])).toEqual(['x', 'retry:2']);
  });

  it('renames a step wherever tags name it', () => {
    expect(renameStep(['step:a', 'prev:a', 'x', 'label:a:b'], 'a', 'b')).toEqual([
      'step:b',
      'prev:b',
      'x',
      'label:a:b'
    ]);
    expect(renameStep(['block:a', 'prev:c', 3], 'a', 'b')).toEqual(['block:b', 'prev:c', 3]);
    expect(renameStep(['prev:a', 'prev:b'], 'a', 'b')).toEqual(['prev:b']);
  });

  it.each([
    ['train', null],
    [' train ', null],
    ['Zug 1', null],
    ['', 'empty'],
    ['  ', 'empty'],
    ['a,b', 'characters'],
    ['a\nb', 'characters'],
    ['a\ud800', 'characters'],
    ['x'.repeat(101), 'long'],
    ['load', 'taken'],
    ['LOAD', 'taken'],
    ['ｌｏａｄ', 'taken']
  ])('the name %j: %s', (name, bad) => {
    expect(checkName(name, ['load'])).toBe(bad);
  });

  it.each([
    ['retry:2', 'retry 2'],
    ['timeout:30m', '30 min'],
    ['timeout:90s', '90 s'],
    ['timeout:90', '90 s'],
    ['timeout:1h30m', '1 h 30 min'],
    ['limit:cpu:2', 'cpu 2'],
    ['limit:nvidia.com/gpu:1', 'nvidia.com/gpu 1'],
    ['limit:odd', 'odd'],
    ['cache:enabled', 'cache'],
    ['cache:disabled', 'no cache'],
    ['prev:load', 'after load'],
    ['secret:db:key:ENV', 'secret db'],
    ['image:python:3', 'image python:3'],
    ['x', 'x']
  ])('%s is shown as %s', (tag, short) => {
    expect(shortOption(tag)).toBe(short);
  });
});
