/** The tab Metrics: each beside the champion's, and the parameters below. */

import React from 'react';

import type { Form } from '../../api/client';
import { useMlops } from '../../ui/hooks';
import { Pairs } from '../../ui/pairs';
import { Empty } from '../../ui/states';
import { figure } from '../../ui/words';
import { gainText } from '../words';

interface IMetricsProps {
  readonly detail: Form<'VersionDetail'>;
  readonly row: Form<'VersionRow'>;
  readonly champion: number | null;
}

export function MetricsTab(props: IMetricsProps): React.JSX.Element {
  const { trans } = useMlops();
  const { detail, row, champion } = props;
  const params = Object.entries(detail.params);
  // The row is the newer look of the two.
  const metrics = row.metrics.length >= detail.metrics.length ? row.metrics : detail.metrics;
  const isCompared = champion !== null && champion !== row.version;
  if (metrics.length === 0 && params.length === 0) {
    return <Empty>{trans.__('Neither metrics nor parameters were logged with this version.')}</Empty>;
  }
  const number = (value: number | null): string => (value === null ? '–' : figure(value));
  return (
    <>
      {metrics.length === 0 ? null : (
        <table className="jp-MlopsTable jp-MlopsNumbers">
          <caption>{trans.__('Metrics')}</caption>
          <thead>
            <tr>
              <th scope="col">{trans.__('metric')}</th>
              <th scope="col">{`v${row.version}`}</th>
              {isCompared ? (
                <>
                  <th scope="col">{trans.__('champion v%1', champion)}</th>
                  <th scope="col">{trans.__('difference')}</th>
                </>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {metrics.map(metric => (
              <tr key={metric.name}>
                <th scope="row">{metric.name}</th>
                <td>{number(metric.value)}</td>
                {isCompared ? (
                  <>
                    <td>{number(metric.champion)}</td>
                    <td>{gainText(metric.value, metric.champion)}</td>
                  </>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {params.length === 0 ? null : <Pairs caption={trans.__('Parameters')} rows={params} />}
    </>
  );
}
