import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Form } from '../../api/client';
import type { IMlops } from '../../context';
import { MlopsContext } from '../../ui/hooks';
import { labelOf, StepTable } from '../page/steps';

const shown: Root[] = [];

function step(name: string, more: Partial<Form<'StepRun'>>): Form<'StepRun'> {
  return {
    name,
    status: 'succeeded',
    cells: [0],
    fingerprint: '',
    after: [],
    inputs: {},
    outputs: [],
    options: { retry: 0, timeout_s: null, cache: false, limits: {} },
    attempts: 1,
    cached: false,
    carried_from: null,
    started_at: null,
    finished_at: null,
    error: null,
    metrics: {},
    cell: null,
    cell_number: null,
    position: null,
    cells_total: null,
    result: null,
    output: null,
    has_notebook: true,
    sizes: {},
    ...more
  };
}

async function table(steps: Form<'StepRun'>[], chosen: string[] | null = null): Promise<string[][]> {
  const node = document.body.appendChild(document.createElement('div'));
  const root = createRoot(node);
  shown.push(root);
  const mlops = { trans: nullTranslator.load('jupyter_mlops') } as unknown as IMlops;
  root.render(
    <MlopsContext.Provider value={mlops}>
      <StepTable
        run={{ steps, chosen } as Form<'RunDetail'>}
        selected={null}
        onSelect={() => undefined}
        now={0}
      />
    </MlopsContext.Provider>
  );
  await vi.waitFor(() => {
    expect(node.querySelectorAll('tbody tr')).toHaveLength(steps.length);
  });
  return [...node.querySelectorAll('tbody tr')].map(row =>
    [...row.querySelectorAll('td')].map(cell => cell.textContent)
  );
}

afterEach(() => {
  shown.splice(0).forEach(root => {
    root.unmount();
  });
  document.body.replaceChildren();
});

describe('the table of steps', () => {
  it('shows what each hands over with its size, as far as it is known', async () => {
    const rows = await table([
      step('load', { outputs: ['frame', 'constructor'], sizes: { frame: 1_234_567, hidden: 9 } }),
      step('fit', { result: '0.91' }),
      step('score', { status: 'running', outputs: ['table'], output: 'half of it' })
    ]);
    expect(rows.map(cells => cells[1])).toEqual(['✓ succeeded', '✓ succeeded', '◐ runninghalf of it']);
    expect(rows.map(cells => cells.at(-1))).toEqual(['frame 1.2 MB · constructor', '0.91', 'table']);
  });

  it('tells a step that was not selected from one that was skipped', async () => {
    const rows = await table(
      [
        step('load', { carried_from: 'r0', attempts: 0 }),
        step('fit', {}),
        step('score', { status: 'skipped', attempts: 0 })
      ],
      ['fit']
    );
    expect(rows.map(cells => cells[1])).toEqual(['⚡ cached', '✓ succeeded', '· not selected']);
    expect((await table([step('score', { status: 'skipped' })]))[0]?.[1]).toBe('– skipped');
  });
});

describe('the label of a box', () => {
  it('says no word twice', () => {
    expect(labelOf('fit', 'pending', 'pending')).toBe('fit: pending');
    expect(labelOf('fit', 'pending', 'waits for 2')).toBe('fit: pending, waits for 2');
    expect(labelOf('fit', 'failed', '2.0 s · failed · attempt 2')).toBe('fit: failed, 2.0 s, attempt 2');
    expect(labelOf('fit', 'succeeded', '')).toBe('fit: succeeded');
  });
});
