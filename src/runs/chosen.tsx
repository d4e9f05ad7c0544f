/** The line that appears when several runs are selected. */

import React from 'react';

import { CommandIds } from '../commands';
import { useMlops } from '../ui/hooks';
import { MOST } from './menu';

interface IChosenProps {
  /** Newest first, as in the list. */
  readonly ids: readonly string[];
  readonly onNone: () => void;
}

export function Chosen(props: IChosenProps): React.JSX.Element {
  const { app, trans } = useMlops();
  const { ids, onNone } = props;
  return (
    <div className="jp-MlopsChosen" role="status">
      <span>{trans.__('%1 selected', ids.length)}</span>
      <button
        type="button"
        className="jp-MlopsButton"
        disabled={ids.length > MOST}
        title={ids.length > MOST ? trans.__('At most %1 runs are compared', MOST) : ''}
        onClick={() =>
          // The oldest is what the others are compared with.
          void app.commands.execute(CommandIds.compareRuns, { ids: [...ids].reverse() })
        }
      >
        {trans.__('Compare')}
      </button>
      <button
        type="button"
        className="jp-MlopsIconButton"
        aria-label={trans.__('Select none')}
        onClick={onNone}
      >
        ✕
      </button>
    </div>
  );
}
