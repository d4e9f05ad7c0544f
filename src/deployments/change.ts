/** The one request that changes a deployment. */

import type { Client, Form } from '../api/client';

const UNCHANGED: Form<'UpdateBody'> = { model: null, canary: null, percent: null, shadow: null, log: null };

/** Change some of what a deployment serves. */
export function change(
  client: Client,
  deployment: string,
  what: Partial<Form<'UpdateBody'>>
): Promise<Form<'DeploymentDetail'>> {
  return client.answer(
    client.http.POST('/mlops/api/v1/deployments/{deployment}/update', {
      params: { path: { deployment } },
      body: { ...UNCHANGED, ...what }
    })
  );
}
