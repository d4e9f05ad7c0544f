import { describe, expect, it } from 'vitest';

import type { Form } from '../api/client';
import { type ICellFacts, type IInspected, partsOf } from '../notebook/parts';

/** Cells with ids `c0`, `c1`, …; a string is a Markdown cell. */
function cells(...tags: (readonly string[] | string | null)[]): ICellFacts[] {
  return tags.map((each, index) => ({ id: `c${index}`, isCode: typeof each !== 'string', tags: each }));
}

function inspected(
  sent: readonly ICellFacts[],
  found: Partial<Form<'Cell'>>[],
  steps: readonly string[] = []
): IInspected {
  const inspection = {
    path: 'a.ipynb',
    findings: [],
    cells: found.map(cell => ({
      index: 0,
      role: 'step',
      step: null,
      is_tagged: false,
      options: [],
      ...cell
    })),
    pipeline: { name: 'a', parameters: [], steps: steps.map(name => ({ name })) }
  } as unknown as Form<'Inspection'>;
  return { inspection, cells: sent };
}

/** `role step place`, with `*` for what the cell does not say itself. */
function shown(book: readonly ICellFacts[], known: IInspected | null): Record<string, string> {
  const { parts, steps } = partsOf(book, known);
  return Object.fromEntries(
    [...parts].map(([id, part]) => [
      id,
      `${part.role} ${part.step ?? '-'} ${part.step === null ? '-' : steps.indexOf(part.step)}${part.isTagged ? '' : '*'}${part.isByLine ? ' line' : ''}`
    ])
  );
}

describe('the parts of cells', () => {
  it('are none in a notebook that says nothing', () => {
    const book = cells(null, ['mine'], 'step:x');
    expect(partsOf(book, null).parts.size).toBe(0);
    expect(partsOf(book, inspected(book, [{ index: 0, step: 'main' }], ['main'])).parts.size).toBe(0);
  });

  it('come from tags before the server has answered', () => {
    const book = cells(['parameters'], null, ['step:a'], null, ['step:b'], ['skip'], ['pipeline-metrics']);
    expect(shown(book, null)).toEqual({
      c0: 'parameters - -',
      c2: 'step a 0',
      c4: 'step b 1',
      c5: 'skip - -',
      c6: 'metrics b 1'
    });
  });

  it('have those of untagged cells once it has', () => {
    const book = cells(['imports'], null, ['step:a'], null, ['step:b'], ['setup'], null);
    expect(shown(book, inspected(book, [], ['a', 'b']))).toEqual({
      c0: 'setup - -',
      c1: 'setup - -*',
      c2: 'step a 0',
      c3: 'step a 0*',
      c4: 'step b 1',
      c5: 'setup - -',
      c6: 'step b 1*'
    });
  });

  it('are the one step `main` without any step', () => {
    const book = cells(['parameters'], null);
    const known = inspected(book, [], ['main']);
    expect(shown(book, known)).toEqual({ c0: 'parameters - -', c1: 'step main 0*' });
  });

  it('follow a first line, by the cell and not by its place', () => {
    const sent = cells(null, null);
    const known = inspected(
      sent,
      [{ index: 0, role: 'step', step: 'a', is_tagged: true, options: ['retry:2'] }],
      ['a']
    );
    const now = [{ id: 'new', isCode: true, tags: [] }, ...sent];
    expect(shown(now, known)).toEqual({ new: 'setup - -*', c0: 'step a 0 line', c1: 'step a 0*' });
    expect(partsOf(now, known).parts.get('c0')?.options).toEqual(['retry:2']);
  });

  it('forget the tag that a cell had when it was sent', () => {
    const sent = cells(['step:a'], ['step:b']);
    const known = inspected(sent, [
      { index: 0, step: 'a', is_tagged: true },
      { index: 1, step: 'b', is_tagged: true }
    ]);
    const now = cells(null, ['step:b']);
    expect(shown(now, known)).toEqual({ c0: 'setup - -*', c1: 'step b 0' });
  });

  it('have the colours of the pipeline when it has the same steps', () => {
    const book = cells(['step:a'], ['step:b'], ['step:c']);
    const sent = inspected(book, [], ['b', 'a', 'c']);
    expect(partsOf(book, sent).steps).toEqual(['b', 'a', 'c']);
    const more = cells(['step:a'], ['step:b'], ['step:c'], ['step:d']);
    expect(partsOf(more, sent).steps).toEqual(['a', 'b', 'c', 'd']);
  });
});
