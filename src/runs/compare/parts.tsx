/** The groups of the table: the runs as columns; states, parameters and metrics as rows. */

import React from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { useMlops } from '../../ui/hooks';
import { Mark } from '../../ui/mark';
import { duration, figure, full, literal, took, when } from '../../ui/words';
import { letterOf } from './letter';

type Comparison = Form<'Comparison'>;

export function RunHeads(props: { runs: readonly Form<'RunRow'>[] }): React.JSX.Element {
  const { app, trans } = useMlops();
  return (
    <>
      {props.runs.map((run, index) => (
        <th key={run.id} scope="col">
          <span className="jp-MlopsLetter">{letterOf(index)}</span>{' '}
          <button
            type="button"
            className="jp-MlopsLink"
            title={`${full(run.created_at)} · ${run.id}`}
            onClick={() => void app.commands.execute(CommandIds.openRun, { id: run.id })}
          >
            {run.name} {when(run.created_at, Date.now(), true)}
          </button>
          {index === 0 ? <span className="jp-MlopsHint"> {trans.__('(compared with)')}</span> : null}
        </th>
      ))}
    </>
  );
}

export function Overview(props: { runs: readonly Form<'RunRow'>[] }): React.JSX.Element {
  const { trans } = useMlops();
  const { runs } = props;
  return (
    <tbody>
      <tr>
        <th scope="row">{trans.__('state')}</th>
        {runs.map(run => (
          <td key={run.id}>
            <Mark shown={run.status} withWord />
          </td>
        ))}
      </tr>
      <tr>
        <th scope="row">{trans.__('took')}</th>
        {runs.map(run => {
          const seconds = took(run.started_at, run.finished_at, Date.now());
          return <td key={run.id}>{seconds === null ? '' : duration(seconds)}</td>;
        })}
      </tr>
    </tbody>
  );
}

export function Parameters(props: { parameters: Comparison['parameters'] }): React.JSX.Element {
  const { trans } = useMlops();
  return (
    <tbody>
      {props.parameters.map(parameter => (
        <tr key={parameter.name} className={parameter.differs ? 'jp-mod-differs' : ''}>
          <th scope="row">
            {parameter.differs ? <span className="jp-MlopsHidden">{trans.__('differs: ')}</span> : null}
            {parameter.name}
          </th>
          {parameter.values.map((value, index) => (
            <td key={index}>{literal(value)}</td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

/** The difference to the first run: `+0.012`. */
function gain(value: number | string | null, first: number | string | null | undefined): string {
  if (typeof value !== 'number' || typeof first !== 'number' || value === first) {
    return '';
  }
  const change = value - first;
  return `${change > 0 ? '+' : '−'}${figure(Number(Math.abs(change).toPrecision(3)))}`;
}

export function Metrics(props: { metrics: Comparison['metrics'] }): React.JSX.Element {
  return (
    <tbody>
      {props.metrics.map(metric => (
        <tr key={metric.name}>
          <th scope="row">{metric.name}</th>
          {metric.values.map((value, index) => (
            <td key={index}>
              {value === null ? '–' : figure(value)}{' '}
              <span className="jp-MlopsHint">{index === 0 ? '' : gain(value, metric.values[0])}</span>
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
