/** What stands where there is no content: nothing yet, nothing at all, or an error. */

import React from 'react';

import { ApiError } from '../api/client';
import { useMlops } from './hooks';
import { Ticked } from './ticked';

/** Something is on its way. */
export function Loading(props: { what?: string }): React.JSX.Element {
  const { trans } = useMlops();
  return (
    <div className="jp-MlopsNote" role="status">
      {props.what ?? trans.__('Loading…')}
    </div>
  );
}

/** There is nothing, and this is what to do next. */
export function Empty(props: { children: React.ReactNode }): React.JSX.Element {
  return <div className="jp-MlopsNote jp-MlopsEmpty">{props.children}</div>;
}

/** It went wrong: what happened, what to do, and once more. */
export function Failed(props: { error: Error; retry?: (() => void) | undefined }): React.JSX.Element {
  const { trans } = useMlops();
  const { error, retry } = props;
  const hint = error instanceof ApiError ? error.hint : '';
  return (
    <div className="jp-MlopsNote jp-MlopsFailed" role="alert">
      <div>
        <Ticked text={error.message} />
      </div>
      {hint ? (
        <div className="jp-MlopsHint">
          <Ticked text={hint} />
        </div>
      ) : null}
      {retry ? (
        <button type="button" className="jp-MlopsButton" onClick={retry}>
          {trans.__('Retry')}
        </button>
      ) : null}
    </div>
  );
}
