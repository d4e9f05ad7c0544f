/** The versions of a model, newest first, with their metrics beside the champion's. */

import React, { useState } from 'react';

import type { Form } from '../../api/client';
import { useMlops, useNow } from '../../ui/hooks';
import { figure, full, since } from '../../ui/words';
import { Aliases } from '../alias';
import { gainText } from '../words';
import { DeploymentLinks, OriginLink } from './facts';

type Row = Form<'VersionRow'>;

/** This many rows at first, and as many more with each click. */
const ROWS = 15;
/** The metrics that have columns; all are in the drawer. */
const COLUMNS = 3;

/** The metrics that get columns: those that most versions have, in the order of the newest. */
export function columnsOf(versions: readonly Pick<Row, 'metrics'>[]): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of versions) {
    for (const { name } of metrics) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, COLUMNS)
    .map(([name]) => name);
}

function MetricCell(props: { metric: Form<'Metric'> | undefined; isChampion: boolean }): React.JSX.Element {
  const { metric, isChampion } = props;
  if (metric?.value === undefined || metric.value === null) {
    return <td>–</td>;
  }
  return (
    <td>
      {figure(metric.value)}{' '}
      <span className="jp-MlopsHint">{isChampion ? '' : gainText(metric.value, metric.champion)}</span>
    </td>
  );
}

interface IVersionsProps {
  readonly model: Form<'ModelDetail'>;
  readonly selected: number | null;
  readonly champion: number | null;
  readonly onSelect: (version: number) => void;
}

export function Versions(props: IVersionsProps): React.JSX.Element {
  const { trans } = useMlops();
  const { model, selected, champion, onSelect } = props;
  const [wanted, setWanted] = useState(ROWS);
  const now = useNow(30_000);
  const { versions } = model;
  // What the drawer shows is in the list, however old it is.
  const shown = Math.max(wanted, versions.findIndex(row => row.version === selected) + 1);
  const columns = columnsOf(versions.slice(0, 50));
  return (
    <>
      <div className="jp-MlopsScroll">
        <table className="jp-MlopsTable jp-MlopsModelVersions">
          <caption>{trans.__('Versions')}</caption>
          <thead>
            <tr>
              <th scope="col">{trans.__('version')}</th>
              <th scope="col">{trans.__('aliases')}</th>
              {columns.map(name => (
                <th key={name} scope="col" title={name}>
                  {name}
                </th>
              ))}
              <th scope="col">{trans.__('from')}</th>
              <th scope="col">{trans.__('made')}</th>
              <th scope="col">{trans.__('by')}</th>
              <th scope="col">{trans.__('served by')}</th>
            </tr>
          </thead>
          <tbody>
            {versions.slice(0, shown).map(row => (
              <tr
                key={row.version}
                data-version={row.version}
                className={row.version === selected ? 'jp-mod-selected' : ''}
                onClick={() => {
                  onSelect(row.version);
                }}
              >
                <td>
                  <button type="button" className="jp-MlopsLink" aria-pressed={row.version === selected}>
                    {`v${row.version}`}
                  </button>
                  {row.status === '' || row.status === 'READY' ? null : (
                    <span className="jp-MlopsHint"> {row.status.toLowerCase().replaceAll('_', ' ')}</span>
                  )}
                </td>
                <td>
                  <Aliases aliases={row.aliases} />
                </td>
                {columns.map(name => (
                  <MetricCell
                    key={name}
                    metric={row.metrics.find(metric => metric.name === name)}
                    isChampion={row.version === champion}
                  />
                ))}
                <td>
                  <OriginLink origin={row.origin} />
                </td>
                <td title={row.created_at === null ? '' : full(row.created_at)}>
                  {row.created_at === null ? '' : since(row.created_at, now)}
                </td>
                <td title={row.author ?? ''}>{row.author ?? ''}</td>
                <td>
                  <DeploymentLinks names={row.deployments} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {versions.length > shown ? (
        <button
          type="button"
          className="jp-MlopsButton jp-MlopsMore"
          onClick={() => {
            setWanted(shown + ROWS * 10);
          }}
        >
          {trans._n(
            '%1 older version',
            '%1 older versions',
            versions.length - shown,
            versions.length - shown
          )}
        </button>
      ) : null}
    </>
  );
}
