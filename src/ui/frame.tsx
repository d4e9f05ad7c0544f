/** What is around the content of a page: the server is away, the thing is gone, it went wrong, it is on its way. */

import type { UseQueryResult } from '@tanstack/react-query';
import React, { useEffect } from 'react';

import { ApiError, isGone } from '../api/client';
import { useMlops, useReach } from './hooks';
import type { Host } from './host';
import { Failed, Loading } from './states';

interface IFrameProps<T> {
  /** The question whose answer is shown; null is an answer too: the thing is gone. */
  readonly asked: UseQueryResult<T | null>;
  readonly loading: string;
  /** What is said when the thing is gone, with what was known of it last. */
  readonly gone: (last: T | null | undefined) => string;
  readonly children: (data: T) => React.ReactNode;
}

export function Frame<T>(props: IFrameProps<T>): React.JSX.Element {
  const { trans } = useMlops();
  const reach = useReach();
  const { asked, loading, gone, children } = props;
  const { error, data } = asked;
  if (data === null || isGone(error)) {
    return (
      <div className="jp-MlopsNote" role="alert">
        {gone(data)}
      </div>
    );
  }
  const isLost = reach === 'unreachable' || (error instanceof ApiError && error.status === 0);
  return (
    <>
      {isLost ? (
        <div className="jp-MlopsLine" role="status">
          {trans.__('The server cannot be reached, trying again…')}
        </div>
      ) : null}
      {error !== null && !isLost ? <Failed error={error} retry={() => void asked.refetch()} /> : null}
      {data !== undefined ? children(data) : error === null || isLost ? <Loading what={loading} /> : null}
    </>
  );
}

/** Hear what a command asks of a page that is there already: `read` makes it of the detail of the event. */
export function useAsked<T>(
  host: Host,
  event: string,
  read: (detail: unknown) => T,
  onAsked: (asked: T) => void
): void {
  useEffect(() => {
    const listen = (found: Event): void => {
      onAsked(read((found as CustomEvent<unknown>).detail));
    };
    host.node.addEventListener(event, listen);
    return () => {
      host.node.removeEventListener(event, listen);
    };
  }, [host, event, read, onAsked]);
}
