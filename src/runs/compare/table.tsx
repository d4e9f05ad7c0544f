/** The runs side by side: states, the parameters that differ first, metrics. */

import React, { useState } from 'react';

import type { Form } from '../../api/client';
import { useMlops } from '../../ui/hooks';
import { Metrics, Overview, Parameters, RunHeads } from './parts';

type Comparison = Form<'Comparison'>;

export function Table(props: { comparison: Comparison }): React.JSX.Element {
  const { trans } = useMlops();
  const { runs, parameters, metrics } = props.comparison;
  const [isAll, setAll] = useState(false);
  const differing = parameters.filter(parameter => parameter.differs);
  const shown = isAll ? parameters : differing;
  return (
    <table className="jp-MlopsTable jp-MlopsSideBySide">
      <thead>
        <tr>
          <th scope="col">
            <span className="jp-MlopsHidden">{trans.__('what')}</span>
          </th>
          <RunHeads runs={runs} />
        </tr>
      </thead>
      <Overview runs={runs} />
      <tbody>
        <tr className="jp-mod-title">
          <th scope="rowgroup" colSpan={runs.length + 1}>
            {trans.__('Parameters')}{' '}
            <span className="jp-MlopsHint">
              {differing.length === 0
                ? trans.__('none differs')
                : trans.__('%1 of %2 differ', differing.length, parameters.length)}
            </span>{' '}
            {parameters.length > differing.length ? (
              <button
                type="button"
                className="jp-MlopsLink"
                aria-pressed={isAll}
                onClick={() => {
                  setAll(!isAll);
                }}
              >
                {isAll ? trans.__('only those that differ') : trans.__('show all')}
              </button>
            ) : null}
          </th>
        </tr>
      </tbody>
      <Parameters parameters={shown} />
      <tbody>
        <tr className="jp-mod-title">
          <th scope="rowgroup" colSpan={runs.length + 1}>
            {trans.__('Metrics')}{' '}
            {metrics.length === 0 ? (
              <span className="jp-MlopsHint">
                {trans.__('none; tag a cell pipeline-metrics to name the numbers of a run')}
              </span>
            ) : null}
          </th>
        </tr>
      </tbody>
      <Metrics metrics={metrics} />
    </table>
  );
}
