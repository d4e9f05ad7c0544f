/** What was asked of the server is kept here, and asked again when a live hint says so. */

import { QueryCache, QueryClient, type QueryKey } from '@tanstack/react-query';

import { ApiError } from '../api/client';
import type { IHint } from '../api/live';
import type { IMlops } from '../context';

/** The keys of what is kept; the first word is the noun. */
export const keys = {
  run: (id: string): QueryKey => ['run', id],
  attempts: (id: string): QueryKey => ['run', id, 'attempts'],
  artifacts: (id: string, step: string, attempt: number | null): QueryKey => [
    'run',
    id,
    'artifacts',
    step,
    attempt
  ],
  preview: (id: string, step: string, attempt: number | null, name: string): QueryKey => [
    'preview',
    id,
    step,
    attempt,
    name
  ],
  jobs: (): QueryKey => ['jobs'],
  job: (name: string): QueryKey => ['jobs', name],
  last: (path: string): QueryKey => ['last', path],
  compare: (ids: readonly string[]): QueryKey => ['compare', ...ids]
};

/** Hints that come within this time are one, in ms. */
const PAUSE_MS = 120;

const clients = new WeakMap<IMlops, QueryClient>();

/** Return the one store of answers of this lab. */
export function queriesOf(mlops: IMlops): QueryClient {
  const found = clients.get(mlops);
  if (found !== undefined) {
    return found;
  }
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: error => {
        if (error instanceof ApiError && error.status === 0) {
          mlops.live.check();
        }
      }
    }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
        // A server that cannot be reached is asked again when the heartbeat finds it.
        retry: (failures, error) => failures < 2 && error instanceof ApiError && error.status === 503,
        retryDelay: 800
      }
    }
  });
  clients.set(mlops, client);
  follow(mlops, client);
  return client;
}

function follow(mlops: IMlops, client: QueryClient): void {
  let waiting: IHint[] = [];
  let timer = 0;
  mlops.live.changed.connect((_, hint) => {
    waiting.push(hint);
    if (timer === 0) {
      timer = window.setTimeout(() => {
        const hints = waiting;
        waiting = [];
        timer = 0;
        invalidate(client, hints);
      }, PAUSE_MS);
    }
  });
}

function invalidate(client: QueryClient, hints: readonly IHint[]): void {
  if (hints.some(hint => hint.run === null)) {
    void client.invalidateQueries();
    return;
  }
  for (const run of new Set(hints.map(hint => hint.run))) {
    void client.invalidateQueries({ queryKey: ['run', run] });
  }
  void client.invalidateQueries({ queryKey: ['jobs'] });
  void client.invalidateQueries({ queryKey: ['last'] });
}
