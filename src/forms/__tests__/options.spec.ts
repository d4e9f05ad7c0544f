import { YNotebook } from '@jupyter/ydoc';
import { nullTranslator } from '@jupyterlab/translation';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { IMlops } from '../../context';
import { stepCellsOf } from '../../notebook/stepcells';
import { isOption, VOCABULARY } from '../../notebook/tags';
import { OptionsForm } from '../options';
import { optionsOf, valuesOf } from '../optiontable';

const trans = nullTranslator.load('jupyter_mlops');
const mlops = { trans } as unknown as IMlops;

// Yjs warns of what YNotebook does itself while it makes cells.
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

function book(...tags: (string[] | null)[]): YNotebook {
  const cells = tags.map((each, index) => ({
    cell_type: 'code',
    id: `c${index}`,
    metadata: each === null ? {} : { tags: each },
    source: 'x = 1',
    outputs: [],
    execution_count: null
  }));
  return YNotebook.create({ data: { nbformat: 4, nbformat_minor: 5, metadata: {}, cells } });
}

const tagsOf = (notebook: YNotebook): unknown[] =>
  notebook.cells.map(cell => cell.getMetadata('tags') ?? null);

function facts(notebook: YNotebook) {
  return notebook.cells.map(cell => ({
    id: cell.getId(),
    isCode: cell.cell_type === 'code',
    tags: cell.getMetadata('tags')
  }));
}

/** An answer of the server that knows nothing beside the tags. */
function known(notebook: YNotebook) {
  return { cells: facts(notebook), inspection: { cells: [], pipeline: { steps: [] } } } as never;
}

function form(notebook: YNotebook, id: string, only: string | null = null): OptionsForm {
  const step = stepCellsOf(facts(notebook), known(notebook), id);
  if (step === null) {
    throw new Error(`cell ${id} belongs to no step`);
  }
  return new OptionsForm(mlops, notebook, step, only);
}

describe('the table of options', () => {
  it('has a row for each tag that is an option', () => {
    const words = [...VOCABULARY.keys()].filter(word => isOption(`${word}:1`));
    expect(words).toContain('model');
    expect(
      words.filter(word => !optionsOf(trans).some(({ prefix }) => prefix.startsWith(`${word}:`)))
    ).toEqual([]);
  });

  it.each([
    ['model:', 'churn model', true],
    ['model:', 'a/b', false],
    ['model:', 'a@b', false],
    ['model:', 'a,b', false],
    ['model:', 'x'.repeat(251), false],
    ['label:', 'team:a\nowner:b:c', true],
    ['label:', 'team', false],
    ['label:', 'team:', false],
    ['secret:', 'db:password:PGPASSWORD', true],
    ['secret:', 'db:password', false],
    ['engine:', 'two words', false],
    ['image:', 'ghcr.io/a/b:1', true],
    ['limit:cpu:', '0', false],
    ['limit:memory:', '4Gi', true],
    ['timeout:', '1h30m', true],
    ['timeout:', '1'.repeat(70), false],
    ['retry:', '101', false]
  ])('takes %s%j: %j', (prefix, text, isFit) => {
    const option = optionsOf(trans).find(each => each.prefix === prefix);
    expect(option && valuesOf(option, text).every(option.isFit)).toBe(isFit);
  });
});

describe('the form of options', () => {
  it('writes the model, the steps before and the labels as tags of the first cell', async () => {
    const notebook = book(
      ['step:load'],
      ['step:clean'],
      ['step:fit', 'mine', 'retry:1'],
      ['step:fit', 'label:a:b']
    );
    const made = form(notebook, 'c3');
    expect(made.step.above).toEqual(['load', 'clean']);
    expect(made.text('label:')).toBe('a:b');
    made.type('model:', ' churn ');
    made.type('prev:', 'load\nclean');
    made.type('label:', 'a:b\nc:d');
    expect(made.isReady).toBe(true);
    await made.submit();
    expect(tagsOf(notebook)).toEqual([
      ['step:load'],
      ['step:clean'],
      ['step:fit', 'mine', 'model:churn', 'prev:load', 'prev:clean', 'retry:1', 'label:a:b', 'label:c:d'],
      ['step:fit']
    ]);
  });

  it('changes only what it was opened for', async () => {
    const notebook = book(['step:fit', 'retry:1', 'limit:disk:3', 'prev:x']);
    const made = form(notebook, 'c0', 'model:');
    made.type('model:', 'churn');
    await made.submit();
    expect(tagsOf(notebook)).toEqual([['step:fit', 'retry:1', 'limit:disk:3', 'prev:x', 'model:churn']]);
    const again = form(notebook, 'c0', 'model:');
    again.type('model:', '');
    await again.submit();
    expect(tagsOf(notebook)).toEqual([['step:fit', 'retry:1', 'limit:disk:3', 'prev:x']]);
  });

  it('sees what cells without a tag of the step ask for, and is there in a notebook without steps', async () => {
    const notebook = book(['step:fit'], ['model:churn']);
    expect(form(notebook, 'c1').text('model:')).toBe('churn');
    const plain = book(null, null);
    const made = form(plain, 'c1', 'model:');
    made.type('model:', 'churn');
    await made.submit();
    expect(tagsOf(plain)).toEqual([['model:churn'], null]);
  });
});

describe('the step of a cell', () => {
  it('is none for what belongs to no step', () => {
    const notebook = book(['parameters'], ['skip'], ['step:a']);
    expect(stepCellsOf(facts(notebook), null, 'c0')).toBeNull();
    expect(stepCellsOf(facts(notebook), null, 'c1')).toBeNull();
    expect(stepCellsOf(facts(notebook), null, 'c2')?.step).toBe('a');
    expect(stepCellsOf(facts(notebook), null, 'gone')).toBeNull();
  });

  it('is by line when no tag names it', () => {
    const notebook = book(['step:a'], null);
    const line = { index: 1, role: 'step', step: 'b', is_tagged: true, options: ['model:m'] };
    const inspected = {
      cells: facts(notebook),
      inspection: { cells: [line], pipeline: { steps: [] } }
    } as never;
    expect(stepCellsOf(facts(notebook), inspected, 'c1')).toEqual({
      step: 'b',
      ids: [],
      above: ['a'],
      isByLine: true
    });
  });
});
