import { afterEach, describe, expect, it, vi } from 'vitest';

import { CommandIds } from '../../commands';
import { one, type as write } from '../../forms/__tests__/server';
import { clear, click, EVIL, says, served } from '../../models/__tests__/lab';
import { answers, page, posted, TOKEN } from './server';

afterEach(clear);

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
    for (const label of ['End canary v2…', 'Settings…', 'New token…', 'Stop…', 'Delete…']) {
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
