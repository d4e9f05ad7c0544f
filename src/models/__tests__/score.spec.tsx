import React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { accept, type IAsked, one, type as write } from '../../forms/__tests__/server';
import { isReadable, isWritable, outputFor } from '../files';
import { ScoringList } from '../page/scorings';
import { scoreModel } from '../verbs';
import { cancelAll, clear, click, dialog, EVIL, modelDetail, says, show } from './lab';

afterEach(async () => {
  await cancelAll();
  clear();
});

function scoring(more: Partial<Form<'Scoring'>> = {}): Form<'Scoring'> {
  return {
    id: 'a'.repeat(32),
    model: 'churn',
    version: 1,
    input: 'new.csv',
    output: 'new-predictions.csv',
    state: 'running',
    is_cancelling: false,
    done: 20_000,
    total: 60_000,
    resumed: 0,
    columns: [],
    asked_at: '2026-11-20T10:00:00Z',
    finished_at: null,
    error: null,
    ...more
  };
}

describe('files of rows', () => {
  it.each([
    ['new.csv', true, true, 'new-predictions.csv'],
    ['a/b.C.parquet', true, true, 'a/b.C-predictions.parquet'],
    ['new.csv.gz', true, false, 'new-predictions.csv'],
    ['notes.txt', false, false, ''],
    ['', false, false, '']
  ])('%s', (path, readable, writable, output) => {
    expect([isReadable(path), isWritable(path), outputFor(path)]).toEqual([readable, writable, output]);
  });
});

describe('scoring a file', () => {
  it('asks for the file, offers what is there, and replaces a result only when that is said', async () => {
    let isThere = true;
    const refusal = {
      code: 'score.exists',
      message: 'there is a file `new-predictions.csv` already',
      hint: '',
      findings: []
    };
    const { mlops, asked, executed } = show(({ method }: IAsked) =>
      method === 'GET'
        ? { body: modelDetail() }
        : isThere
          ? { status: 409, body: refusal }
          : { status: 201, body: scoring() }
    );
    const done = scoreModel(mlops, 'churn', null, null);
    const box = await dialog();
    await says(box, 'Score a file with "churn"');
    await vi.waitFor(() => {
      const offers = [...box.querySelectorAll<HTMLOptionElement>('datalist option')].map(each => each.value);
      expect(offers).toEqual(['data/', 'new.csv']);
    });
    expect(one(box, 'select', HTMLSelectElement).value).toBe('@champion');
    const [rows, output] = box.querySelectorAll<HTMLInputElement>('.jp-MlopsField input');
    if (rows === undefined || output === undefined) {
      throw new Error('no fields');
    }
    expect(accept(box).disabled).toBe(true);
    write(rows, 'churn.ipynb');
    await says(box, 'It is named .csv');
    expect(accept(box).disabled).toBe(true);
    write(rows, 'new.csv');
    await vi.waitFor(() => {
      expect(output.value).toBe('new-predictions.csv');
    });
    write(output, 'new.csv');
    await says(box, 'It would overwrite the rows.');
    expect(accept(box).disabled).toBe(true);
    write(output, 'new-predictions.csv');
    await vi.waitFor(() => {
      expect(accept(box).disabled).toBe(false);
    });
    accept(box).click();
    await says(box, 'Replace the file that is there');
    one(box, '.jp-MlopsForm-check input', HTMLInputElement).click();
    isThere = false;
    await vi.waitFor(() => {
      accept(box).click();
      expect(document.querySelector('.jp-Dialog')).toBeNull();
    });
    await done;
    const body = {
      input: 'new.csv',
      output: 'new-predictions.csv',
      alias: 'champion',
      version: null,
      overwrite: true
    };
    expect(asked.at(-1)).toEqual({ method: 'POST', path: '/models/churn/scorings', body });
    expect(executed).toEqual([[CommandIds.openModel, { model: 'churn' }]]);
  });

  it('shows how far each is, cancels, and opens the result', async () => {
    const scorings = [
      scoring(),
      scoring({
        id: 'b'.repeat(32),
        state: 'succeeded',
        done: 3,
        total: 3,
        resumed: 2,
        columns: ['prediction']
      }),
      scoring({ id: 'c'.repeat(32), state: 'failed', error: { code: 'x', message: EVIL, hint: 'mend it' } }),
      scoring({ id: 'd'.repeat(32), state: 'cancelled' }),
      scoring({ id: 'e'.repeat(32), state: 'queued', done: 0, total: null })
    ];
    const { node, asked, executed } = show(
      ({ method }) => ({ body: method === 'POST' ? scoring() : { scorings } }),
      () => <ScoringList name="churn" isSeen />
    );
    await says(node, '20,000 of 60,000 rows');
    expect(node.querySelectorAll('[data-scoring]')).toHaveLength(4);
    click(node, 'one earlier file');
    await says(node, 'cancelled after');
    const bar = one(node, 'progress', HTMLProgressElement);
    expect([bar.value, bar.max]).toEqual([20_000, 60_000]);
    for (const text of ['3 rows', '2 rows were there from before', 'mend it', 'cancelled after', 'waits']) {
      expect(node.textContent).toContain(text);
    }
    expect(node.querySelector('img, script')).toBeNull();
    click(node, 'new-predictions.csv');
    expect(executed).toEqual([['docmanager:open', { path: 'new-predictions.csv' }]]);
    click(node, 'Cancel');
    await vi.waitFor(() => {
      const path = `/scorings/${'a'.repeat(32)}/cancel`;
      expect(asked.filter(each => each.method === 'POST')).toEqual([{ method: 'POST', path, body: null }]);
    });
  });

  it('is not there when no file was scored', async () => {
    const { node, asked } = show(
      () => ({ body: { scorings: [] } }),
      () => <ScoringList name="churn" isSeen />
    );
    await vi.waitFor(() => {
      expect(asked).toHaveLength(1);
    });
    expect(node.querySelector('section')).toBeNull();
  });
});
