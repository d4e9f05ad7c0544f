/** The head of the run page: what the run is, what it was given, and what can be done with it. */

import React, { useState } from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { Copy } from '../../ui/copy';
import { useMlops } from '../../ui/hooks';
import { Mark } from '../../ui/mark';
import { duration, figure, full, literal, ticking, took, when } from '../../ui/words';
import { isActive } from '../row';
import { compareWith } from '../menu';
import { Ignored } from './ignored';

const SHOWN = 12;

function Fact(props: { name: string; children: React.ReactNode; title?: string }): React.JSX.Element {
  return (
    <span className="jp-MlopsFact" title={props.title}>
      {props.name} <b>{props.children}</b>
    </span>
  );
}

function Facts(props: { run: Form<'RunDetail'> }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { run } = props;
  const [isAll, setAll] = useState(false);
  const { path } = run;
  const parameters = Object.entries(run.parameters);
  const commit = run.git_commit ? ` @ ${run.git_commit.slice(0, 7)}${run.git_dirty ? '+' : ''}` : '';
  return (
    <div className="jp-MlopsFacts">
      <Fact name={trans.__('started')} title={full(run.started_at ?? run.created_at)}>
        {run.started_at === null ? trans.__('not yet') : when(run.started_at, Date.now(), true)}
      </Fact>
      {run.job ? <Fact name={trans.__('job')}>{`${run.job.name} v${run.job.version}`}</Fact> : null}
      <Fact
        name={trans.__('notebook')}
        title={run.git_dirty ? trans.__('+ there were changes that are not committed') : ''}
      >
        {path === null ? (
          (run.notebook ?? '–').split('/').pop()
        ) : (
          <button
            type="button"
            className="jp-MlopsLink"
            title={path}
            onClick={() => void app.commands.execute('docmanager:open', { path })}
          >
            {path.split('/').pop()}
          </button>
        )}
        {commit}
      </Fact>
      {run.retry_of ? (
        <Fact name={trans.__('retry of')}>
          <button
            type="button"
            className="jp-MlopsLink"
            onClick={() => void app.commands.execute(CommandIds.openRun, { id: run.retry_of })}
          >
            {run.retry_of.slice(0, 8)}
          </button>
        </Fact>
      ) : null}
      {run.ignored.length > 0 ? <Ignored findings={run.ignored} /> : null}
      {Object.entries(run.metrics).map(([name, value]) => (
        <Fact key={`metric-${name}`} name={name}>
          <span className="jp-MlopsFact-metric">{figure(value)}</span>
        </Fact>
      ))}
      {(isAll ? parameters : parameters.slice(0, SHOWN)).map(([name, value]) => (
        <Fact key={name} name={name} title={literal(value)}>
          {literal(value)}
        </Fact>
      ))}
      {parameters.length > SHOWN && !isAll ? (
        <button
          type="button"
          className="jp-MlopsLink"
          onClick={() => {
            setAll(true);
          }}
        >
          {trans._n(
            '%1 more parameter',
            '%1 more parameters',
            parameters.length - SHOWN,
            parameters.length - SHOWN
          )}
        </button>
      ) : null}
      {run.mlflow_run_id ? (
        <Fact name={trans.__('MLflow run')} title={`${run.mlflow_run_id}\n${run.tracking_uri ?? ''}`}>
          <code>{run.mlflow_run_id.slice(0, 8)}</code>
          <Copy text={run.mlflow_run_id} what={trans.__('the id of the MLflow run')} />
        </Fact>
      ) : null}
    </div>
  );
}

export function Header(props: { run: Form<'RunDetail'>; now: number }): React.JSX.Element {
  const mlops = useMlops();
  const { app, trans } = mlops;
  const { run, now } = props;
  const { id } = run;
  const seconds = took(run.started_at, run.finished_at, now);
  const isRunning = isActive(run);
  const length = seconds === null ? '' : ` · ${isRunning ? ticking(seconds) : duration(seconds)}`;
  const execute = (command: string): void => void app.commands.execute(command, { id });
  return (
    <div className="jp-MlopsHead">
      <div className="jp-MlopsHead-first">
        <h2 title={run.name}>{run.name}</h2>
        <span className={`jp-MlopsPill jp-mod-${run.status}`}>
          <Mark shown={run.status} withWord />
          {length}
          {isRunning ? ` · ${trans._n('%2 of %1 step', '%2 of %1 steps', run.total, run.done)}` : ''}
          {isRunning && run.cancel_requested ? ` · ${trans.__('is being cancelled')}` : ''}
        </span>
        <span className="jp-MlopsHead-buttons">
          {isRunning ? (
            <button
              type="button"
              className="jp-MlopsButton"
              disabled={run.cancel_requested}
              onClick={() => {
                execute(CommandIds.cancelRun);
              }}
            >
              <span aria-hidden="true">■</span> {trans.__('Cancel…')}
            </button>
          ) : null}
          {run.status === 'failed' || run.status === 'cancelled' ? (
            <button
              type="button"
              className="jp-MlopsButton"
              title={trans.__('Run again what did not succeed')}
              onClick={() => {
                execute(CommandIds.retryRun);
              }}
            >
              <span aria-hidden="true">⟳</span> {trans.__('Retry…')}
            </button>
          ) : null}
          <button
            type="button"
            className="jp-MlopsButton"
            title={trans.__('Compare with another run')}
            onClick={() => void compareWith(mlops, run)}
          >
            {trans.__('Compare…')}
          </button>
          {isRunning ? null : (
            <button
              type="button"
              className="jp-MlopsButton"
              onClick={() => {
                execute(CommandIds.deleteRun);
              }}
            >
              {trans.__('Delete…')}
            </button>
          )}
        </span>
      </div>
      <Facts run={run} />
    </div>
  );
}
