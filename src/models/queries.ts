/** What is asked of models, and how often: what is in sight follows what others do in MLflow. */

import { hashKey, type QueryKey, useQuery, type UseQueryResult } from '@tanstack/react-query';

import { type Client, type Form, isGone } from '../api/client';
import type { IMlops } from '../context';
import { useMlops } from '../ui/hooks';
import { queriesOf } from '../ui/queries';

/** The keys of what is kept. */
export const keys = {
  models: (): QueryKey => ['models'],
  model: (name: string): QueryKey => ['models', name],
  version: (name: string, number: number): QueryKey => ['models', name, 'version', number],
  gates: (name: string, number: number, alias: string): QueryKey => [
    'models',
    name,
    'version',
    number,
    'gates',
    alias
  ],
  history: (name: string, at: string): QueryKey => ['models', name, 'history', at],
  scorings: (name: string): QueryKey => ['models', name, 'scorings'],
  logged: (run: string): QueryKey => ['run', run, 'models']
};

/** How often what is in sight is asked for again, in ms: MLflow sends no hints. */
export const LOOK_MS = 2_000;
/** What takes long is asked for less often: so many times as long lies between two questions. */
const REST = 20;

const costs = new Map<string, number>();

/** Ask, and remember how long it took. */
export async function timed<T>(key: QueryKey, ask: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await ask();
  } finally {
    costs.set(hashKey(key), performance.now() - started);
  }
}

/** The options of a question that is asked while its answer is in sight. */
export function whileSeen(isSeen: boolean): {
  enabled: boolean;
  staleTime: number;
  refetchInterval: (query: { queryKey: QueryKey; state: { error: Error | null } }) => number | false;
  refetchOnWindowFocus: boolean;
} {
  return {
    enabled: isSeen,
    staleTime: LOOK_MS / 2,
    // What is gone does not come back by asking.
    refetchInterval: ({ queryKey, state: { error } }) =>
      isSeen && !isGone(error) ? Math.max(LOOK_MS, REST * (costs.get(hashKey(queryKey)) ?? 0)) : false,
    refetchOnWindowFocus: true
  };
}

/** Ask again for everything that a change of models or deployments may have changed. */
export function renew(mlops: IMlops): void {
  const queries = queriesOf(mlops);
  for (const noun of ['models', 'deployments', 'run']) {
    void queries.invalidateQueries({ queryKey: [noun] });
  }
}

/** Every model. */
export async function askModels(client: Client): Promise<readonly Form<'Model'>[]> {
  return (await client.answer(client.http.GET('/mlops/api/v1/models'))).models;
}

/** One model with its versions. */
export function askModel(client: Client, model: string): Promise<Form<'ModelDetail'>> {
  return client.answer(client.http.GET('/mlops/api/v1/models/{model}', { params: { path: { model } } }));
}

/** One version with everything that is known without loading it. */
export function askVersion(client: Client, model: string, version: number): Promise<Form<'VersionDetail'>> {
  const path = { model, version: String(version) };
  return client.answer(
    client.http.GET('/mlops/api/v1/models/{model}/versions/{version}', { params: { path } })
  );
}

/** What the gates say of a version that an alias would be moved to. */
export function askGates(
  client: Client,
  model: string,
  version: number,
  alias: string
): Promise<Form<'GateReport'>> {
  const path = { model, version: String(version) };
  return client.answer(
    client.http.GET('/mlops/api/v1/models/{model}/versions/{version}/gates', {
      params: { path, query: { alias } }
    })
  );
}

/** The moves of the aliases of a model. */
export function askHistory(
  client: Client,
  model: string,
  query: { alias?: string; at?: string } = {}
): Promise<Form<'History'>> {
  return client.answer(
    client.http.GET('/mlops/api/v1/models/{model}/history', { params: { path: { model }, query } })
  );
}

/** The models that the steps of a run logged. */
export async function askLogged(client: Client, run: string): Promise<readonly Form<'LoggedModel'>[]> {
  const asked = client.http.GET('/mlops/api/v1/runs/{run}/models', { params: { path: { run } } });
  return (await client.answer(asked)).models;
}

/** Every model, followed while the list is in sight. */
export function useModels(isSeen: boolean): UseQueryResult<readonly Form<'Model'>[]> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.models(),
    queryFn: () => timed(keys.models(), () => askModels(client)),
    ...whileSeen(isSeen)
  });
}

/** One model, followed while its page is in sight. */
export function useModel(name: string, isSeen: boolean): UseQueryResult<Form<'ModelDetail'>> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.model(name),
    queryFn: () => timed(keys.model(name), () => askModel(client, name)),
    ...whileSeen(isSeen)
  });
}

/** One version; aliases and metrics of it change, its files do not. */
export function useVersion(name: string, number: number): UseQueryResult<Form<'VersionDetail'>> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.version(name, number),
    queryFn: () => askVersion(client, name, number)
  });
}

/** The moves of all aliases of a model, newest first, followed while its page is in sight. */
export function useHistory(name: string, isSeen: boolean): UseQueryResult<Form<'History'>> {
  const { client } = useMlops();
  const key = keys.history(name, '');
  return useQuery({
    queryKey: key,
    queryFn: () => timed(key, () => askHistory(client, name)),
    ...whileSeen(isSeen)
  });
}

/** What the gates say of a version. */
export function useGates(name: string, number: number, alias: string): UseQueryResult<Form<'GateReport'>> {
  const { client } = useMlops();
  return useQuery({
    queryKey: keys.gates(name, number, alias),
    queryFn: () => askGates(client, name, number, alias)
  });
}
