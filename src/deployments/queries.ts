/** What is asked of deployments; what is in sight is asked again every two seconds. */

import { keepPreviousData, type QueryKey, useQuery, type UseQueryResult } from '@tanstack/react-query';

import type { Client, Form } from '../api/client';
import { whileSeen } from '../models/queries';
import type { IMlops } from '../context';
import { useMlops } from '../ui/hooks';
import { queriesOf } from '../ui/queries';

/** The keys of what is kept. */
export const keys = {
  deployments: (): QueryKey => ['deployments'],
  deployment: (name: string): QueryKey => ['deployments', name],
  stats: (name: string, last: number): QueryKey => ['deployments', name, 'stats', last],
  log: (name: string, version: number | null): QueryKey => ['deployments', name, 'log', version]
};

/** How many lines of a log are shown. */
export const LOG_LINES = 500;

/** Every deployment. */
export async function askDeployments(client: Client): Promise<readonly Form<'Deployment'>[]> {
  return (await client.answer(client.http.GET('/mlops/api/v1/deployments'))).deployments;
}

/** One deployment with what it serves. */
export function askDeployment(client: Client, deployment: string): Promise<Form<'DeploymentDetail'>> {
  const params = { path: { deployment } };
  return client.answer(client.http.GET('/mlops/api/v1/deployments/{deployment}', { params }));
}

/** Every deployment, followed while the list is in sight. */
export function useDeployments(isSeen: boolean): UseQueryResult<readonly Form<'Deployment'>[]> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.deployments(),
    queryFn: () => askDeployments(client),
    ...whileSeen(isSeen)
  });
}

/** The deployments that were deleted from here: their pages do not ask for them again. */
const deleted = new WeakMap<Client, Set<string>>();

/** Remember that a deployment was deleted, or made again. */
export function remember(mlops: IMlops, name: string, isDeleted: boolean): void {
  const names = deleted.get(mlops.client) ?? new Set();
  deleted.set(mlops.client, names);
  if (isDeleted) {
    names.add(name);
    const queries = queriesOf(mlops);
    queries.setQueryData(keys.deployment(name), null);
    const own = keys.deployment(name);
    queries.removeQueries({ queryKey: own, predicate: ({ queryKey }) => queryKey.length > own.length });
  } else {
    names.delete(name);
  }
}

/** One deployment, followed while its page is in sight; null when it was deleted from here. */
export function useDeployment(
  name: string,
  isSeen: boolean
): UseQueryResult<Form<'DeploymentDetail'> | null> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.deployment(name),
    queryFn: () => (deleted.get(client)?.has(name) ? null : askDeployment(client, name)),
    ...whileSeen(isSeen)
  });
}

/** Requests, errors and latency of the last seconds, by version. */
export function useStats(name: string, last: number, isSeen: boolean): UseQueryResult<Form<'Stats'>> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.stats(name, last),
    queryFn: () =>
      client.answer(
        client.http.GET('/mlops/api/v1/deployments/{deployment}/stats', {
          params: { path: { deployment: name }, query: { last_s: last } }
        })
      ),
    placeholderData: keepPreviousData,
    ...whileSeen(isSeen)
  });
}

/** The end of a log: of a version, or of the deployment itself. */
export function useLog(
  name: string,
  version: number | null,
  isSeen: boolean
): UseQueryResult<Form<'DeploymentLog'>> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.log(name, version),
    queryFn: () =>
      client.answer(
        client.http.GET('/mlops/api/v1/deployments/{deployment}/log', {
          params: {
            path: { deployment: name },
            query: { lines: LOG_LINES, ...(version === null ? {} : { version }) }
          }
        })
      ),
    ...whileSeen(isSeen)
  });
}
