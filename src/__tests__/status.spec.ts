import { ServerConnection } from '@jupyterlab/services';
import { describe, expect, it, vi } from 'vitest';

import { fetchStatus } from '../api/status';

type Fetch = ServerConnection.ISettings['fetch'];

function settingsThatAnswer(fetch: Fetch): ServerConnection.ISettings {
  return ServerConnection.makeSettings({ baseUrl: 'http://lab.invalid/user/ada/', fetch });
}

function answer(body: string, status = 200): Fetch {
  return () => Promise.resolve(new Response(body, { status }));
}

describe('fetchStatus', () => {
  it('asks below the base address of the server', async () => {
    const fetch = vi.fn(answer('{"version": 1, "package": "0.1.0"}'));
    await expect(fetchStatus(settingsThatAnswer(fetch))).resolves.toEqual({ version: 1, package: '0.1.0' });
    const request = fetch.mock.calls[0]?.[0] as Request;
    expect(new URL(request.url).pathname).toBe('/user/ada/mlops/api/v1/status');
  });

  it.each([
    ['a missing extension', answer('{"message": "not found"}', 404)],
    ['a refusal', answer('{"version": 1, "package": "0.1.0"}', 403)],
    ['a page instead of JSON', answer('<html></html>')],
    ['a newer form', answer('{"version": 2, "package": "9.0.0"}')],
    ['another body', answer('[1]')],
    ['no connection', () => Promise.reject(new TypeError('failed'))]
  ])('gives null for %s', async (_, fetch) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await expect(fetchStatus(settingsThatAnswer(fetch))).resolves.toBeNull();
  });
});
