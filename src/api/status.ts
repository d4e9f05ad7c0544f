/** The only place of the browser side that asks the server extension how it is. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** What `GET /mlops/api/v1/status` answers. */
export interface IStatus {
  readonly version: 1;
  readonly package: string;
}

function isStatus(body: unknown): body is IStatus {
  return (
    typeof body === 'object' &&
    body !== null &&
    'version' in body &&
    body.version === 1 &&
    'package' in body &&
    typeof body.package === 'string'
  );
}

/**
 * Ask the server extension for its status.
 *
 * @returns the status, or null when the extension is missing, refuses, or answers something else: the
 * panel then says so in one line and the lab goes on.
 */
export async function fetchStatus(settings: ServerConnection.ISettings): Promise<IStatus | null> {
  try {
    const url = URLExt.join(settings.baseUrl, 'mlops/api/v1/status');
    const response = await ServerConnection.makeRequest(url, { method: 'GET' }, settings);
    const body: unknown = response.ok ? await response.json() : null;
    return isStatus(body) ? body : null;
  } catch (error) {
    console.warn('jupyter-mlops: the server extension does not answer', error);
    return null;
  }
}
