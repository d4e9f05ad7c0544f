/** The smaller tabs of the drawer: Notebook, Attempts, Metrics. */

import { useQuery } from '@tanstack/react-query';
import React from 'react';

import type { Form } from '../../api/client';
import { useIsLight, useMlops, useNow } from '../../ui/hooks';
import { Mark } from '../../ui/mark';
import { Pairs } from '../../ui/pairs';
import { keys } from '../../ui/queries';
import { Empty, Failed, Loading } from '../../ui/states';
import { clock, duration, figure, full, literal, took } from '../../ui/words';

interface IPlace {
  readonly id: string;
  readonly step: Form<'StepRun'>;
  readonly attempt: number | null;
}

/** The executed notebook in a frame that runs nothing. */
export function NotebookTab(props: IPlace): React.JSX.Element {
  const { client, trans } = useMlops();
  const { id, step, attempt } = props;
  const isLight = useIsLight();
  if (!step.has_notebook) {
    return (
      <Empty>
        {step.status === 'running'
          ? trans.__('The notebook is there when the step is over. Its log is there now.')
          : trans.__('This step has no executed notebook.')}
      </Empty>
    );
  }
  const query = { step: step.name, ...(attempt === null ? {} : { attempt: String(attempt) }) };
  return (
    <div className="jp-MlopsReport">
      <div className="jp-MlopsReport-tools">
        <a
          className="jp-MlopsLink"
          href={client.address(`runs/${id}/notebook`, query)}
          download={`${step.name}.ipynb`}
        >
          {trans.__('save as notebook')}
        </a>
        <a
          className="jp-MlopsLink"
          href={client.address(`runs/${id}/report`, query)}
          target="_blank"
          rel="noopener noreferrer"
        >
          {trans.__('open in a tab ↗')}
        </a>
      </div>
      <iframe
        // The state in the key: a retried step has another notebook.
        key={`${step.status}-${step.attempts}-${attempt ?? ''}`}
        sandbox=""
        title={trans.__('Executed notebook of step %1', step.name)}
        src={client.address(`runs/${id}/report`, { ...query, theme: isLight ? 'light' : 'dark' })}
      />
    </div>
  );
}

function AttemptRow(props: {
  attempt: Form<'Attempt'>;
  isShown: boolean;
  onShow: () => void;
}): React.JSX.Element {
  const { trans } = useMlops();
  const { attempt, isShown, onShow } = props;
  const now = useNow(attempt.finished_at === null ? 1000 : null);
  const seconds = took(attempt.started_at, attempt.finished_at, now);
  return (
    <tr className={isShown ? 'jp-mod-selected' : ''}>
      <td>
        <button type="button" className="jp-MlopsLink" aria-pressed={isShown} onClick={onShow}>
          {attempt.number}
        </button>
      </td>
      <td>
        <Mark shown={attempt.status} withWord />
        {attempt.reason ? <div className="jp-MlopsHint">{attempt.reason.replaceAll('_', ' ')}</div> : null}
        {attempt.error ? <div className="jp-MlopsHint">{attempt.error.message}</div> : null}
      </td>
      <td title={full(attempt.started_at)}>{clock(attempt.started_at, true)}</td>
      <td>{seconds === null ? '' : duration(seconds)}</td>
      <td className="jp-MlopsHidden">{trans.__('log of %1 bytes', attempt.log_bytes)}</td>
    </tr>
  );
}

/** The attempts of a step, with the reason of each further one. */
export function AttemptsTab(
  props: IPlace & { onAttempt: (attempt: number | null) => void }
): React.JSX.Element {
  const { client, trans } = useMlops();
  const { id, step, attempt, onAttempt } = props;
  const asked = useQuery({
    queryKey: keys.attempts(id),
    queryFn: () =>
      client.answer(client.http.GET('/mlops/api/v1/runs/{run}/attempts', { params: { path: { run: id } } }))
  });
  if (asked.error) {
    return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  }
  if (asked.data === undefined) {
    return <Loading />;
  }
  const attempts = asked.data.attempts.filter(each => each.step === step.name);
  if (attempts.length === 0) {
    return (
      <Empty>
        {step.carried_from !== null || step.cached
          ? trans.__('The result was taken over from an earlier run; nothing was executed.')
          : trans.__('The step has not been started yet.')}
      </Empty>
    );
  }
  const latest = attempts.at(-1)?.number;
  return (
    <table className="jp-MlopsTable">
      <thead>
        <tr>
          <th scope="col">{trans.__('attempt')}</th>
          <th scope="col">{trans.__('state')}</th>
          <th scope="col">{trans.__('started')}</th>
          <th scope="col">{trans.__('took')}</th>
        </tr>
      </thead>
      <tbody>
        {attempts.map(each => (
          <AttemptRow
            key={each.number}
            attempt={each}
            isShown={each.number === (attempt ?? latest)}
            onShow={() => {
              onAttempt(each.number === latest ? null : each.number);
            }}
          />
        ))}
      </tbody>
    </table>
  );
}

/** The metrics of a step, its result, and the run's parameters. */
export function MetricsTab(props: { step: Form<'StepRun'>; run: Form<'RunDetail'> }): React.JSX.Element {
  const { trans } = useMlops();
  const { step, run } = props;
  const metrics = Object.entries(step.metrics).map(([name, value]) => [name, figure(value)] as const);
  const parameters = Object.entries(run.parameters).map(([name, value]) => [name, literal(value)] as const);
  const { retry, timeout_s, cache, limits } = step.options;
  const options = [
    ...(retry > 0 ? [[trans.__('retry'), String(retry)] as const] : []),
    ...(timeout_s === null ? [] : [[trans.__('timeout'), duration(timeout_s)] as const]),
    ...(cache ? [[trans.__('cache'), trans.__('on')] as const] : []),
    ...Object.entries(limits)
  ];
  return (
    <>
      {step.result === null ? null : (
        <Pairs caption={trans.__('Result')} rows={[[trans.__('last value'), step.result]]} />
      )}
      {metrics.length === 0 ? null : <Pairs caption={trans.__('Metrics')} rows={metrics} />}
      {parameters.length === 0 ? null : (
        <Pairs caption={trans.__('Parameters of the run')} rows={parameters} />
      )}
      {options.length === 0 ? null : <Pairs caption={trans.__('Options')} rows={options} />}
      {metrics.length + parameters.length + options.length === 0 && step.result === null ? (
        <Empty>{trans.__('This step has no metrics, parameters and options.')}</Empty>
      ) : null}
    </>
  );
}
