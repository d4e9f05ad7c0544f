import { afterEach, describe, expect, it, vi } from 'vitest';

import { CommandIds } from '../../commands';
import { accept, type IAsked, one, type as write } from '../../forms/__tests__/server';
import { cancelAll, clear, dialog, noDialog, says, show } from '../../models/__tests__/lab';
import { promoteCanary, routeDeployment, shadowDeployment } from '../routing';
import { deleteDeployment, deployModel, newToken, rollbackDeployment, tryDeployment } from '../verbs';
import { answers, page, posted, TOKEN } from './server';

afterEach(async () => {
  await cancelAll();
  clear();
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
      'the canary',
      ({ mlops }) => promoteCanary(mlops, 'shop'),
      'Make v2 live in "shop"?',
      {
        method: 'POST',
        path: '/deployments/shop/update',
        body: { model: null, canary: 2, percent: 100, shadow: null, log: null }
      }
    ],
    [
      'a roll back during a canary',
      ({ mlops }) => rollbackDeployment(mlops, 'shop'),
      'End the canary v2 of deployment "shop"?',
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
    const lab = show(answers({ canary: 2, percent: 10 }));
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

  it('names the version that a roll back goes to', async () => {
    const { mlops, asked } = show(answers({ live: 3, previous: 1 }));
    const done = rollbackDeployment(mlops, 'shop');
    const box = await dialog();
    await says(box, 'Roll back deployment "shop"?');
    await says(box, 'It serves v1 again instead of v3.');
    one(box, '.jp-mod-accept', HTMLButtonElement).click();
    await done;
    expect(posted(asked)).toEqual([{ method: 'POST', path: '/deployments/shop/rollback', body: null }]);
  });

  it('promotes no canary where none is', async () => {
    const lab = show(answers());
    const done = promoteCanary(lab.mlops, 'shop');
    const box = await dialog();
    await says(box, '"shop" has no canary');
    accept(box).click();
    await done;
    expect(posted(lab.asked)).toEqual([]);
  });

  it('asks for a canary and its share where they are not said', async () => {
    const lab = show(answers());
    const done = routeDeployment(lab.mlops, 'shop', null, null);
    const box = await dialog();
    await says(box, 'Traffic of deployment "shop"');
    const share = one(box, 'input', HTMLInputElement);
    expect([one(box, 'select', HTMLSelectElement).value, share.value]).toEqual(['2', '10']);
    for (const wrong of ['', '101', '-1', '1.5', 'x']) {
      write(share, wrong);
      await says(box, 'A number from 0 to 100.');
      expect(accept(box).disabled).toBe(true);
    }
    write(share, '100');
    await says(box, '100 makes v2 live instead of v1.');
    write(share, '25');
    await says(box, 'v2 gets 25 %, v1 75 %.');
    accept(box).click();
    await done;
    const body = { model: null, canary: 2, percent: 25, shadow: null, log: null };
    expect(posted(lab.asked)).toEqual([{ method: 'POST', path: '/deployments/shop/update', body }]);
  });

  it('asks for a version in the shadow where it is not said', async () => {
    const lab = show(answers());
    const done = shadowDeployment(lab.mlops, 'shop', null);
    const box = await dialog();
    await says(box, 'Shadow of deployment "shop"');
    write(one(box, 'select', HTMLSelectElement), '2');
    accept(box).click();
    await done;
    const body = { model: null, canary: null, percent: null, shadow: 2, log: null };
    expect(posted(lab.asked)).toEqual([{ method: 'POST', path: '/deployments/shop/update', body }]);
  });

  it('opens the page where it can be tried', async () => {
    const lab = show(answers());
    await tryDeployment(lab.mlops, 'shop');
    expect(lab.executed).toEqual([[CommandIds.openDeployment, { name: 'shop', tab: 'try' }]]);
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

  it('is there again when it could not be deleted', async () => {
    const refusal = {
      code: 'deployment.not_deleted',
      message: 'it is still being stopped',
      hint: '',
      findings: []
    };
    const open = answers();
    const lab = page(each => (each.method === 'DELETE' ? { status: 503, body: refusal } : open(each)));
    await says(lab.node, 'Predict');
    const done = deleteDeployment(lab.mlops, 'shop');
    one(await dialog(), '.jp-mod-accept', HTMLButtonElement).click();
    await vi.waitFor(() => {
      expect(document.querySelector('.jp-Dialog')?.textContent).toContain('it is still being stopped');
    });
    accept(await dialog()).click();
    await done;
    await says(lab.node, 'Predict');
  });
});
