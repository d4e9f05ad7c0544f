import React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { CommandIds } from '../../commands';
import { accept, type IAsked, one, type as write } from '../../forms/__tests__/server';
import {
  cancelAll,
  clear,
  click,
  deployment,
  deploymentDetail,
  dialog,
  EVIL,
  modelDetail,
  noDialog,
  says,
  served,
  show
} from '../../models/__tests__/lab';
import { DeploymentPage } from '../page/page';
import { DeploymentsSection } from '../section';
import { deleteDeployment, deployModel, newToken, rollbackDeployment, routeDeployment } from '../verbs';

afterEach(async () => {
  await cancelAll();
  clear();
});

const TOKEN = 'tok-en-that-is-secret';
const posted = (asked: readonly IAsked[]): IAsked[] => asked.filter(each => each.method !== 'GET');

function answers(more: Parameters<typeof deploymentDetail>[0] = {}) {
  return ({ method, path }: IAsked): { status?: number; body: unknown } => {
    const detail = deploymentDetail(more);
    if (path.startsWith('/models')) {
      return { body: path === '/models' ? { models: [{ name: 'churn' }] } : modelDetail() };
    }
    if (path === '/deployments') {
      return method === 'POST'
        ? { status: 201, body: { deployment: detail, token: TOKEN } }
        : { body: { deployments: [deployment(more)] } };
    }
    if (path.endsWith('/stats')) {
      return { body: { width_s: 5, buckets: [] } };
    }
    if (path.endsWith('/log')) {
      return { body: { text: EVIL, is_cut: true } };
    }
    if (path.endsWith('/token')) {
      return { body: { token: TOKEN } };
    }
    return { body: path.includes('/serve/') ? { predictions: ['no'] } : detail };
  };
}

const page = (answer: Parameters<typeof show>[0]): ReturnType<typeof show> =>
  show(answer, host => <DeploymentPage name="shop" host={host} />);

describe('the section Deployments', () => {
  it('says what to do next when there is none', async () => {
    const { node, executed } = show(
      () => ({ body: { deployments: [] } }),
      () => <DeploymentsSection />
    );
    await says(node, 'No deployments yet');
    click(node, 'Deploy a model…');
    expect(executed).toEqual([[CommandIds.deployModel, undefined]]);
  });

  it('says what failed, and asks again', async () => {
    let isBusy = true;
    const { node } = show(
      () =>
        isBusy
          ? {
              status: 409,
              body: { code: 'store.busy', message: 'the store is busy', hint: '', findings: [] }
            }
          : { body: { deployments: [] } },
      () => <DeploymentsSection />
    );
    await says(node, 'the store is busy');
    isBusy = false;
    click(node, 'Retry');
    await says(node, 'No deployments yet');
  });
});

describe('the page of a deployment', () => {
  it('shows what is served, and why something is not', async () => {
    const versions = [
      served(1, { percent: 90 }),
      served(2, { role: 'canary', percent: 10, requests: 100, errors: 3, restarts: 2 }),
      served(3, { role: 'none', state: 'rejected', message: 'its example fails: `region` is no number' })
    ];
    const { node, executed } = page(
      answers({
        canary: 2,
        percent: 10,
        previous: 4,
        versions,
        status: 'degraded',
        message: 'v3 was rejected'
      })
    );
    await says(node, 'v1 90 % · v2 10 % canary');
    expect(node.querySelector('[role=alert]')?.textContent).toContain('v3 was rejected');
    const rows = [...node.querySelectorAll('tr[data-version]')].map(row => row.textContent);
    expect(rows[1]).toContain('canary 10 %');
    expect(rows[1]).toContain('2 restarts');
    expect(rows[1]).toContain('3 (3.0 %)');
    expect(rows[2]).toContain('rejected');
    expect(node.textContent).toContain('its example fails: region is no number');
    for (const label of ['Roll back to v4…', 'Settings…', 'New token…', 'Stop…', 'Delete…']) {
      click(node, label);
    }
    expect(executed).toEqual(
      [
        CommandIds.rollbackDeployment,
        CommandIds.updateDeployment,
        CommandIds.newToken,
        CommandIds.stopDeployment,
        CommandIds.deleteDeployment
      ].map(command => [command, { name: 'shop' }])
    );
  });

  it('moves the traffic by a slider, and asks through the command', async () => {
    const { node, executed, asked } = page(answers());
    await vi.waitFor(() => {
      expect(node.querySelector('input[type=range]')).not.toBeNull();
    });
    const slider = one(node, 'input[type=range]', HTMLInputElement);
    expect(slider.getAttribute('aria-valuetext')).toBe('v2 gets 0 %, v1 100 %');
    const apply = one(node, '.jp-MlopsTraffic .jp-mod-mlopsMain', HTMLButtonElement);
    expect(apply.disabled).toBe(true);
    write(slider, '35');
    await says(one(node, 'output', HTMLElement), '35 %');
    click(node, '50 %');
    await says(one(node, 'output', HTMLElement), '50 %');
    apply.click();
    expect(executed).toEqual([[CommandIds.routeDeployment, { name: 'shop', version: 2, percent: 50 }]]);
    expect(posted(asked)).toEqual([]);
  });

  it('is tried from the form of the signature, and says what is wrong', async () => {
    let isRefused = false;
    const open = answers();
    const { node, asked } = page(each =>
      isRefused && each.path.includes('/serve/')
        ? {
            status: 400,
            body: {
              code: 'request.schema',
              message: 'column `tenure` must be a double',
              hint: 'send 1.0',
              findings: []
            }
          }
        : open(each)
    );
    await says(node, 'Predict');
    const field = one(node, '[data-column=tenure] input', HTMLInputElement);
    expect(field.value).toBe('1');
    write(field, 'many');
    await says(node, 'must be a number');
    expect(one(node, '.jp-MlopsTry [type=submit]', HTMLButtonElement).disabled).toBe(true);
    write(field, '2.5');
    await vi.waitFor(() => {
      expect(one(node, '.jp-MlopsTry [type=submit]', HTMLButtonElement).disabled).toBe(false);
    });
    click(node, 'Predict');
    await says(node, 'answered in');
    expect(node.querySelector('.jp-MlopsTry-prediction')?.textContent).toBe('no');
    expect(posted(asked)).toEqual([
      {
        method: 'POST',
        path: '/deployments/shop/serve/invocations',
        body: { dataframe_split: { columns: ['tenure'], data: [[2.5]] } }
      }
    ]);
    click(node, 'as JSON');
    await vi.waitFor(() => {
      expect(one(node, '.jp-MlopsTry-json', HTMLTextAreaElement).value).toContain('2.5');
    });
    isRefused = true;
    click(node, 'Predict');
    await says(node, 'must be a double');
    expect(node.querySelector('.jp-MlopsTry-prediction')).toBeNull();
  });

  it('shows snippets without a token, and logs and events as text', async () => {
    const event = { seq: 1, kind: 'rejected', at: '2026-11-20T10:00:00Z', message: EVIL, data: {} };
    const { node } = page(answers({ events: [event], message: EVIL, url: EVIL, author: EVIL, alias: EVIL }));
    await says(node, 'Predict');
    click(node, 'Use it', '[role=tab]');
    await says(node, 'Bearer $TOKEN');
    expect(node.textContent).not.toContain(TOKEN);
    for (const tab of ['Log', 'Events']) {
      click(node, tab, '[role=tab]');
      await vi.waitFor(() => {
        expect(node.querySelector('[role=tabpanel]')?.textContent).toContain('<script>');
      });
    }
    expect(node.querySelector('img, script')).toBeNull();
    expect((globalThis as { harmed?: number }).harmed).toBeUndefined();
  });
});

describe('deploying', () => {
  it('takes the alias of the champion, shows the token once, and opens the page', async () => {
    const { mlops, asked, executed } = show(answers());
    const done = deployModel(mlops, 'churn', null, null);
    const box = await dialog();
    await says(box, 'Deploy model "churn"?');
    const [name] = box.querySelectorAll('input');
    expect(name?.value).toBe('churn');
    expect(one(box, 'select', HTMLSelectElement).value).toBe('churn@champion');
    if (name) {
      write(name, 'shop');
    }
    await says(box, 'There is a deployment of this name');
    expect(accept(box).disabled).toBe(true);
    if (name) {
      write(name, 'shop-2');
    }
    await vi.waitFor(() => {
      expect(accept(box).disabled).toBe(false);
    });
    expect(posted(asked)).toEqual([]);
    accept(box).click();
    await vi.waitFor(() => {
      expect(document.querySelector('.jp-MlopsToken code')?.textContent).toBe(TOKEN);
    });
    expect(posted(asked)[0]?.body).toEqual({
      name: 'shop-2',
      model: 'churn@champion',
      workers: 1,
      port: 0,
      python: null,
      log: { sample: 0.1, exclude: [] }
    });
    document.querySelector<HTMLButtonElement>('.jp-Dialog .jp-mod-accept')?.click();
    await done;
    await noDialog();
    expect(document.body.innerHTML).not.toContain(TOKEN);
    expect(JSON.stringify(executed)).not.toContain(TOKEN);
    expect(executed).toEqual([[CommandIds.openDeployment, { name: 'shop' }]]);
  });
});

describe('what is done to a deployment', () => {
  it.each<[string, (lab: ReturnType<typeof show>) => Promise<void>, string, IAsked]>([
    [
      'traffic',
      ({ mlops }) => routeDeployment(mlops, 'shop', 2, 10),
      'Give v2 10 % of the requests of "shop"?',
      {
        method: 'POST',
        path: '/deployments/shop/update',
        body: { model: null, canary: 2, percent: 10, shadow: null, log: null }
      }
    ],
    [
      'a roll back',
      ({ mlops }) => rollbackDeployment(mlops, 'shop'),
      'Roll back deployment "shop"?',
      { method: 'POST', path: '/deployments/shop/rollback', body: null }
    ],
    [
      'a new token',
      ({ mlops }) => newToken(mlops, 'shop'),
      'Make a new token for "shop"?',
      { method: 'POST', path: '/deployments/shop/token', body: null }
    ],
    [
      'the end',
      ({ mlops }) => deleteDeployment(mlops, 'shop'),
      'Delete deployment "shop"?',
      { method: 'DELETE', path: '/deployments/shop', body: null }
    ]
  ])('%s asks first, and names it', async (_, act, title, request) => {
    const lab = show(answers());
    const refused = act(lab);
    await says(await dialog(), title);
    await cancelAll();
    await refused;
    expect(posted(lab.asked)).toEqual([]);

    const done = act(lab);
    const box = await dialog();
    await says(box, title);
    one(box, '.jp-mod-accept', HTMLButtonElement).click();
    await vi.waitFor(() => {
      expect(posted(lab.asked)).toEqual([request]);
    });
    document.querySelectorAll<HTMLButtonElement>('.jp-Dialog .jp-mod-accept').forEach(button => {
      button.click();
    });
    await vi.waitFor(() => {
      document.querySelector<HTMLButtonElement>('.jp-Dialog .jp-mod-accept')?.click();
      expect(document.querySelector('.jp-Dialog')).toBeNull();
    });
    await done;
  });

  it('is not asked for any more when it was deleted', async () => {
    const lab = page(answers());
    await says(lab.node, 'Predict');
    const done = deleteDeployment(lab.mlops, 'shop');
    one(await dialog(), '.jp-mod-accept', HTMLButtonElement).click();
    await done;
    await says(lab.node, 'There is no deployment "shop" any more');
    const deleted = lab.asked.findIndex(each => each.method === 'DELETE');
    expect(lab.asked.slice(deleted + 1).filter(each => each.path.startsWith('/deployments/shop'))).toEqual(
      []
    );
  });
});
