import { Dialog } from '@jupyterlab/apputils';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Form } from '../../api/client';
import { labOf } from '../../forms/__tests__/server';
import { cancelRun, deleteRun, retryRun } from '../actions';
import { entriesOf, MOST } from '../menu';

const ID = 'a'.repeat(32);

/** A lab with one run, of two steps, in a state. */
function labWith(status: string, steps: readonly string[]) {
  const run = {
    id: ID,
    name: 'churn',
    status,
    created_at: '2020-02-03T04:05:06Z',
    done: 1,
    total: steps.length,
    chosen: null,
    steps: steps.map(each => ({ status: each }))
  };
  return labOf(() => ({ body: run }));
}

/** What the dialog says, once there is one; closes it. */
async function said(): Promise<string> {
  const node = await vi.waitFor(() => {
    const found = document.querySelector('.jp-Dialog');
    expect(found).not.toBeNull();
    return found as HTMLElement;
  });
  const text = node.textContent;
  // The one that closes it, or that says no.
  node.querySelector('button')?.click();
  return text;
}

afterEach(() => {
  Dialog.flush();
});

describe('a verb that cannot be', () => {
  it.each([
    [
      'delete a run that is not over',
      deleteRun,
      'running',
      ['succeeded', 'running'],
      /is not over yet.*cancel it/
    ],
    [
      'retry a run that is not over',
      retryRun,
      'queued',
      ['pending', 'pending'],
      /is not over yet.*cancel it/
    ],
    ['retry what succeeded', retryRun, 'succeeded', ['succeeded', 'succeeded'], /All steps.*choose a step/],
    ['cancel what is over', cancelRun, 'failed', ['succeeded', 'failed'], /is over.*nothing to cancel/]
  ] as const)('says so and asks nothing: %s', async (_, verb, status, steps, words) => {
    const { mlops, asked } = labWith(status, steps);
    const over = verb(mlops, ID, null);
    const text = await said();
    await over;
    expect(text).toMatch(words);
    expect(text).not.toContain('?');
    expect(asked.map(each => each.method)).toEqual(['GET']);
  });

  it('names a run of another day by its day', async () => {
    const { mlops } = labWith('failed', ['succeeded', 'failed']);
    const over = deleteRun(mlops, ID);
    expect(await said()).toMatch(/Delete run "churn" \(\d Feb 2020 \d\d:\d\d:06\)\?/);
    await over;
  });
});

describe('the menu of several runs', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ id: String(id) }) as Form<'RunRow'>);

  it('compares with the oldest, as the button does', () => {
    const execute = vi.fn();
    const { mlops } = labOf(() => ({ body: {} }));
    Object.assign(mlops.app, { commands: { execute } });
    entriesOf(mlops, rows(3))[0]?.run();
    expect(execute).toHaveBeenCalledWith('mlops:compare-runs', { ids: ['2', '1', '0'] });
  });

  it('does not leave some of them out in silence', () => {
    const { mlops } = labOf(() => ({ body: {} }));
    expect(entriesOf(mlops, rows(MOST))[0]?.isEnabled).toBe(true);
    expect(entriesOf(mlops, rows(MOST + 1))[0]?.isEnabled).toBe(false);
  });
});
