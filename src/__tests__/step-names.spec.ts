/** What hangs on the names of steps: colours, heirs of a step's name, and the marks of the last run. */

import { describe, expect, it } from 'vitest';

import { colorOf, STEP_COLORS } from '../context';
import { partsOf } from '../notebook/parts';
import { setRole } from '../notebook/tags';
import { heirsOf } from '../notebook/tagger';
import { editedSince } from '../pipeline/section';

const cells = (...tags: string[][]) =>
  tags.map((each, index) => ({ id: `c${index}`, isCode: true, tags: each }));
const inspected = (of: ReturnType<typeof cells>) =>
  ({ inspection: { cells: [], pipeline: { steps: [] } }, cells: of }) as never;

describe('the colour of a step', () => {
  it('hangs on its name, wherever the step stands', () => {
    const before = partsOf(cells(['step:load'], ['step:fit']), null).parts;
    const after = partsOf(cells(['step:new'], ['step:fit'], ['step:other'], ['step:load']), null).parts;
    expect(after.get('c3')?.color).toBe(before.get('c0')?.color);
    expect(after.get('c1')?.color).toBe(before.get('c1')?.color);
    expect(colorOf('fit')).toBe(before.get('c1')?.color);
  });

  it.each([
    [['load', 'split', 'vectors', 'logistic', 'compare', 'report', 'model']],
    [['load', 'split', 'forest', 'logistic', 'evaluate']],
    [['series', 'features', 'naive', 'ridge', 'forest', 'compare', 'forecast']]
  ])('differs between the steps of an example', names => {
    expect(new Set(names.map(colorOf)).size).toBe(names.length);
  });

  it('is one of the palette for any name', () => {
    for (const name of ['', 'a', '🚀', 'ä'.repeat(200)]) {
      expect(colorOf(name)).toBeGreaterThanOrEqual(0);
      expect(colorOf(name)).toBeLessThan(STEP_COLORS);
    }
  });
});

describe('a cell that is skipped', () => {
  it('keeps the name of its step, and gets it back', () => {
    const skipped = setRole(['step:fit', 'retry:2'], 'skip');
    const part = partsOf(cells(['step:load'], skipped as string[]), null).parts.get('c1');
    expect([part?.role, part?.step, part?.kept]).toEqual(['skip', null, 'fit']);
    expect(setRole(skipped, 'skip')).toEqual(['step:fit', 'retry:2']);
  });

  it('leaves its name to the cell below that had none', () => {
    const book = cells(['step:load'], ['step:fit'], [], [], ['step:end'], []);
    const parts = partsOf(book, inspected(book));
    expect([...heirsOf(parts, new Set(['c1']))]).toEqual([['c2', 'fit']]);
    expect([...heirsOf(parts, new Set(['c1', 'c2']))]).toEqual([['c3', 'fit']]);
    expect([...heirsOf(parts, new Set(['c2']))]).toEqual([]);
    expect([...heirsOf(parts, new Set(['c0']))]).toEqual([]);
  });
});

describe('the marks of the last run', () => {
  const step = (name: string, fingerprint: string, ...after: string[]) => ({ name, fingerprint, after });
  const run = { steps: [step('load', '1'), step('fit', '2'), step('other', '3')] } as never;

  it('are not shown on what was edited since, nor below it', () => {
    const now = [
      step('load', '1'),
      step('fit', 'edited', 'load'),
      step('tell', '9', 'fit'),
      step('other', '3', 'load')
    ];
    expect([...editedSince(now, run)]).toEqual(['fit', 'tell']);
  });
});
