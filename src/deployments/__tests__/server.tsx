/** What the specs of deployments share: a server with one deployment. */

import React from 'react';

import type { IAsked } from '../../forms/__tests__/server';
import { deployment, deploymentDetail, EVIL, modelDetail, report, show } from '../../models/__tests__/lab';
import { DeploymentPage } from '../page/page';

/** The secret of it. */
export const TOKEN = 'tok-en-that-is-secret';
/** What was not only looked at. */
export const posted = (asked: readonly IAsked[]): IAsked[] => asked.filter(each => each.method !== 'GET');

/** The answers of a server with the deployment `shop`. */
export function answers(more: Parameters<typeof deploymentDetail>[0] = {}) {
  return ({ method, path }: IAsked): { status?: number; body: unknown } => {
    const detail = deploymentDetail(more);
    if (path.endsWith('/gates')) {
      return { body: report() };
    }
    if (path.startsWith('/models')) {
      return { body: path === '/models' ? { models: [{ name: 'churn' }] } : modelDetail() };
    }
    if (path === '/deployments') {
      return method === 'POST'
        ? { status: 201, body: { deployment: detail, token: TOKEN } }
        : { body: { deployments: [deployment(more)] } };
    }
    if (path.endsWith('/stats')) {
      return { body: { now: '2026-11-20T10:00:00Z', width_s: 5, buckets: [] } };
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

/** The page of it. */
export const page = (answer: Parameters<typeof show>[0]): ReturnType<typeof show> =>
  show(answer, host => <DeploymentPage name="shop" tab={null} host={host} />);
