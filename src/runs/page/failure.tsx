/** Why something failed: what happened, where, what to do, and on demand the rest. */

import React from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { cellText } from '../../ui/cells';
import { useMlops } from '../../ui/hooks';
import { shownLine } from './log';

function plain(text: string): string {
  return text.split('\n').map(shownLine).join('\n');
}

export function FailureBlock(props: { failure: Form<'Failure'>; path: string | null }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { failure, path } = props;
  const { cell, line } = failure;
  const place = cell === null ? '' : cellText(trans, cell, line);
  return (
    <div className="jp-MlopsFailure" role="group" aria-label={trans.__('Error')}>
      <div className="jp-MlopsFailure-message">
        <span aria-hidden="true">✗ </span>
        {plain(failure.message)}
      </div>
      {cell === null ? null : path === null ? (
        <div>{place}</div>
      ) : (
        <button
          type="button"
          className="jp-MlopsLink"
          onClick={() => void app.commands.execute(CommandIds.openCell, { path, cell, line })}
        >
          {trans.__('Go to %1', place)}
        </button>
      )}
      {failure.hint ? <div className="jp-MlopsHint">{failure.hint}</div> : null}
      {failure.last_output.length > 0 ? (
        <details>
          <summary>{trans.__('Last output')}</summary>
          <pre>{plain(failure.last_output.join('\n'))}</pre>
        </details>
      ) : null}
      {failure.traceback ? (
        <details>
          <summary>{trans.__('Traceback')}</summary>
          <pre>{plain(failure.traceback)}</pre>
        </details>
      ) : null}
    </div>
  );
}
