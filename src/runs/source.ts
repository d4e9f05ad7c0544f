/** Where the rows of the list come from: the server's pages, and the live hints about single runs. */

import { useEffect, useMemo, useReducer } from 'react';

import { ApiError } from '../api/client';
import type { IHint } from '../api/live';
import type { IMlops } from '../context';
import { useMlops } from '../ui/hooks';
import { type IFilter, type IRunSource, RunList } from './list';

const PAUSE_MS = 150;

/** Ask the server for rows. */
export function runSource(mlops: IMlops): IRunSource {
  const { client } = mlops;
  return {
    page: (filter, limit, cursor) =>
      client.answer(
        client.http.GET('/mlops/api/v1/runs', {
          params: {
            query: {
              limit,
              ...(cursor === null ? {} : { cursor }),
              ...(filter.q === '' ? {} : { q: filter.q }),
              ...(filter.status === '' ? {} : { status: filter.status })
            }
          }
        })
      ),
    one: async id => {
      try {
        return await client.answer(
          client.http.GET('/mlops/api/v1/runs/{run}', { params: { path: { run: id } } })
        );
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) {
          return null;
        }
        throw error;
      }
    }
  };
}

/** The list of runs, which follows the live hints while it is shown. */
export function useRunList(filter: IFilter): RunList {
  const mlops = useMlops();
  const list = useMemo(() => new RunList(runSource(mlops)), [mlops]);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    list.changed.connect(redraw);
    return () => {
      list.changed.disconnect(redraw);
    };
  }, [list]);
  useEffect(() => {
    void list.show(filter);
  }, [list, filter]);
  useEffect(() => {
    let waiting: IHint[] = [];
    let timer = 0;
    const flush = (): void => {
      const hints = waiting;
      waiting = [];
      void list.follow(hints).finally(() => {
        timer = waiting.length > 0 ? window.setTimeout(flush, PAUSE_MS) : 0;
      });
    };
    const onHint = (_: unknown, hint: IHint): void => {
      waiting.push(hint);
      if (timer === 0) {
        timer = window.setTimeout(flush, PAUSE_MS);
      }
    };
    mlops.live.changed.connect(onHint);
    return () => {
      mlops.live.changed.disconnect(onHint);
      window.clearTimeout(timer);
    };
  }, [mlops, list]);
  return list;
}
