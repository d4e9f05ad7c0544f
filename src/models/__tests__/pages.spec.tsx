import React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { CommandIds } from '../../commands';
import { type IAsked, type as write } from '../../forms/__tests__/server';
import { LoggedModels } from '../logged';
import { ModelPage } from '../page/page';
import { ModelsSection } from '../section';
import {
  clear,
  click,
  EVIL,
  gate,
  model,
  modelDetail,
  move,
  report,
  says,
  show,
  version,
  versionDetail
} from './lab';

afterEach(clear);

const refusal = { code: 'store.busy', message: 'the registry is busy', hint: 'wait', findings: [] };

describe('the section Models', () => {
  it('says what to do next when there is none', async () => {
    const { node } = show(
      () => ({ body: { models: [] } }),
      () => <ModelsSection />
    );
    await says(node, 'No models yet');
    expect(node.querySelector('input')).toBeNull();
  });

  it('says what failed, and asks again', async () => {
    let isBusy = true;
    const { node } = show(
      () => (isBusy ? { status: 409, body: refusal } : { body: { models: [] } }),
      () => <ModelsSection />
    );
    await says(node, 'the registry is busy');
    isBusy = false;
    click(node, 'Retry');
    await says(node, 'No models yet');
  });

  it('lists, filters, and shows the names of others as text', async () => {
    const evil = model({ name: EVIL, description: EVIL, aliases: [], latest: 1 });
    const models = [evil, ...[1, 2, 3, 4, 5].map(number => model({ name: `churn-${number}` }))];
    const { node } = show(
      () => ({ body: { models } }),
      () => <ModelsSection />
    );
    // There is no layout here, so no row is in sight; the filter tells how many there are.
    await vi.waitFor(() => {
      expect(node.querySelector('[role=listbox]')).not.toBeNull();
    });
    const filter = node.querySelector<HTMLInputElement>('input[type=search]');
    expect(filter).not.toBeNull();
    if (filter !== null) {
      write(filter, 'no such model');
    }
    await says(node, 'No model is like this');
    click(node, 'Show all models');
    await vi.waitFor(() => {
      expect(node.querySelector('[role=listbox]')).not.toBeNull();
    });
    expect(node.querySelector('img, script')).toBeNull();
  });
});

function answers(more: Parameters<typeof modelDetail>[0] = {}, gates = report(gate('pass', 'metric'))) {
  return ({ path }: IAsked): { status?: number; body: unknown } => {
    if (path.endsWith('/gates')) {
      return { body: gates };
    }
    if (path.includes('/versions/')) {
      return { body: versionDetail(Number(path.split('/')[4])) };
    }
    return { body: path.endsWith('/history') ? { moves: [], held: [] } : modelDetail(more) };
  };
}

describe('the page of a model', () => {
  it('shows versions beside the champion, and who moved an alias outside', async () => {
    const { node, executed } = show(answers(), host => <ModelPage name="churn" version={null} host={host} />);
    await says(node, 'champion v1');
    expect(node.querySelector('[data-alias=champion]')?.textContent).toContain('outside');
    const rows = [...node.querySelectorAll('tr[data-version]')].map(row => row.textContent);
    expect(rows[0]).toContain('0.92 +0.01');
    expect(rows[1]).not.toContain('±');
    click(node, 'Promote v2…');
    // The history tells no other version: the button says so.
    await vi.waitFor(() => {
      const back = [...node.querySelectorAll('button')].find(each => each.textContent.includes('Roll back…'));
      expect(back?.disabled).toBe(true);
      expect(back?.title).toContain('nothing to go back to');
    });
    click(node, 'churn · fit');
    expect(executed).toEqual([
      [CommandIds.promoteModel, { model: 'churn', version: 2 }],
      [CommandIds.openRun, { id: 'a'.repeat(32), step: 'fit' }]
    ]);
  });

  it('says what the gates say, with their evidence', async () => {
    const gates = report(
      gate('fail', 'not_worse', {
        value: 0.72,
        threshold: 0.74,
        evidence: { run: 'd'.repeat(32), note: EVIL }
      }),
      gate('na', 'clean_commit'),
      gate('pass', 'signature')
    );
    const { node, executed } = show(answers({}, gates), host => (
      <ModelPage name="churn" version={2} host={host} />
    ));
    await says(node, 'May not be promoted to champion');
    expect(node.textContent).toContain('1 of 2 passed, 1 does not apply');
    const failed = node.querySelector('[data-gate=not_worse]');
    expect(failed?.querySelector('.jp-mod-failed')?.textContent).toContain('failed');
    expect(failed?.textContent).toContain('0.74');
    expect(failed?.textContent).toContain('<script>');
    click(node, 'dddddddd');
    expect(executed).toEqual([[CommandIds.openRun, { id: 'd'.repeat(32) }]]);
  });

  it('marks what runs code when it is loaded, and says where a version came from', async () => {
    const { node } = show(answers(), host => <ModelPage name="churn" version={2} host={host} />);
    await says(node, 'May be promoted to champion');
    click(node, 'About', '[role=tab]');
    await says(node, 'model.pkl');
    const [pickle, skops] = [...node.querySelectorAll('.jp-MlopsFormats tr')].map(row => row.textContent);
    expect(pickle).toContain('runs code when it is loaded');
    expect(skops).not.toContain('runs code');
    expect(node.querySelector('[role=tabpanel]')?.textContent).toContain('nightly v3');
    expect(node.querySelector('[role=tabpanel]')?.textContent).not.toContain('mlops.run');
    click(node, 'Signature', '[role=tab]');
    await says(node, '{"dataframe_split": {"columns": ["tenure"], "data": [[1]]}}');
    click(node, 'Metrics', '[role=tab]');
    await says(node, 'champion v1');
  });

  it('shows everything that others wrote as text', async () => {
    const evil = modelDetail({
      description: EVIL,
      tags: { [EVIL]: EVIL },
      aliases: [{ alias: EVIL, version: 2, is_outside: true }],
      versions: [
        version(2, {
          description: EVIL,
          author: EVIL,
          metrics: [{ name: EVIL, value: 1, champion: null }],
          aliases: [{ alias: EVIL, version: 2, is_outside: true }],
          deployments: [EVIL]
        })
      ],
      deployments: [EVIL],
      gates: { source: 'model', yaml: EVIL, rules: [] }
    });
    const detail = versionDetail(2, {
      description: EVIL,
      source: EVIL,
      params: { [EVIL]: EVIL },
      tags: { [EVIL]: EVIL },
      flavors: [EVIL],
      formats: [{ file: EVIL, name: EVIL, size: 1, is_code: true, note: EVIL }],
      requirements: [EVIL],
      example: { [EVIL]: EVIL }
    });
    const moves = [
      move({ alias: EVIL, author: EVIL, reason: EVIL, gates: [gate('fail', EVIL, { message: EVIL })] })
    ];
    const { node } = show(
      ({ path }) => ({
        body: path.endsWith('/gates')
          ? report(gate('fail', EVIL, { message: EVIL, value: EVIL, evidence: { [EVIL]: EVIL } }))
          : path.includes('/versions/')
            ? detail
            : path.endsWith('/history')
              ? { moves, held: [] }
              : evil
      }),
      host => <ModelPage name="churn" version={null} host={host} />
    );
    await says(node, 'May not be promoted');
    for (const tab of ['Metrics', 'Signature', 'About', 'Gates']) {
      click(node, tab, '[role=tab]');
      await vi.waitFor(() => {
        expect(node.querySelector('[role=tabpanel]')?.textContent).toContain('<script>');
      });
      expect(node.querySelector('img, script')).toBeNull();
    }
    expect((globalThis as { harmed?: number }).harmed).toBeUndefined();
  });

  it('says that a model is not there any more, and asks no more', async () => {
    const { node, asked } = show(
      () => ({ status: 404, body: { code: 'model.not_found', message: 'no', hint: '', findings: [] } }),
      host => <ModelPage name="churn" version={null} host={host} />
    );
    await says(node, 'no model "churn"');
    expect(asked).toHaveLength(1);
  });
});

describe('the models of a run', () => {
  const logged = { id: 'm-1', name: 'model', step: 'fit', uri: 'x', flavors: ['sklearn'], created_at: null };
  const run = { id: 'a'.repeat(32), name: 'churn', mlflow_run_id: 'b' } as React.ComponentProps<
    typeof LoggedModels
  >['run'];

  it('are registered with one click, under the name of the run', async () => {
    let registered: unknown[] = [];
    const { node, asked, executed } = show(
      ({ method }) => {
        if (method === 'POST') {
          registered = [{ model: 'churn', version: 3 }];
          return { status: 201, body: versionDetail(3) };
        }
        return { body: { models: [{ ...logged, registered }] } };
      },
      () => <LoggedModels run={run} />
    );
    await says(node, 'step fit · sklearn');
    click(node, 'Register');
    await says(node, 'churn v3');
    expect(asked.find(each => each.method === 'POST')).toEqual({
      method: 'POST',
      path: '/models',
      body: { run: run.id, step: 'fit', logged: 'm-1', name: 'churn' }
    });
    click(node, 'churn v3');
    expect(executed).toEqual([[CommandIds.openModel, { model: 'churn', version: 3 }]]);
  });

  it('say why they were not registered', async () => {
    const { node } = show(
      ({ method }) =>
        method === 'POST'
          ? { status: 409, body: refusal }
          : { body: { models: [{ ...logged, registered: [] }] } },
      () => <LoggedModels run={run} />
    );
    await says(node, 'step fit');
    click(node, 'Register');
    await says(node, 'the registry is busy');
  });

  it('are nothing where none was logged', async () => {
    const { node, asked } = show(
      () => ({ body: { models: [] } }),
      () => <LoggedModels run={run} />
    );
    await vi.waitFor(() => {
      expect(asked).toHaveLength(1);
    });
    expect(node.textContent).toBe('');
  });
});
