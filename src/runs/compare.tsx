/** The page that compares runs: parameters that differ first, metrics with a chart, notebooks step by step. */

import { useQuery } from '@tanstack/react-query';
import React, { useEffect, useRef, useState } from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { useMlops, useNow, useReach } from '../ui/hooks';
import { Mark } from '../ui/mark';
import { keys } from '../ui/queries';
import { Empty, Failed, Loading } from '../ui/states';
import { clock, duration, figure, full, literal, since, took } from '../ui/words';

type Comparison = Form<'Comparison'>;

const VEGA = 'application/vnd.vegalite.v5+json';

/** How a run is called among others: `A churn 14:02`. */
function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}

function RunHeads(props: { runs: readonly Form<'RunRow'>[] }): React.JSX.Element {
  const { app, trans } = useMlops();
  const now = useNow(30_000);
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
            {run.name}{' '}
            {since(run.created_at, now) === 'now' ? clock(run.created_at) : since(run.created_at, now)}
          </button>
          {index === 0 ? <span className="jp-MlopsHint"> {trans.__('(compared with)')}</span> : null}
        </th>
      ))}
    </>
  );
}

function Overview(props: { runs: readonly Form<'RunRow'>[] }): React.JSX.Element {
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

function Parameters(props: { parameters: Comparison['parameters'] }): React.JSX.Element {
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

function Metrics(props: { metrics: Comparison['metrics'] }): React.JSX.Element {
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

/** The colour of a variable of the theme, as the chart needs it. */
function themed(name: string): string {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}

/** The metrics as a Vega-Lite chart: one small chart for each, one bar for each run. */
export function chartOf(comparison: Comparison, color: (name: string) => string): Record<string, unknown> {
  const values = comparison.metrics.flatMap(metric =>
    metric.values.flatMap((value, index) =>
      typeof value === 'number' ? [{ metric: metric.name, run: letterOf(index), value }] : []
    )
  );
  const text = color('--jp-ui-font-color1');
  const line = color('--jp-border-color2');
  const axis = { labelColor: text, titleColor: text, gridColor: line, domainColor: line, tickColor: line };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'transparent',
    data: { values },
    columns: 3,
    facet: { field: 'metric', type: 'nominal', title: null, header: { labelColor: text }, sort: null },
    spec: {
      width: 180,
      height: 20 * comparison.runs.length,
      mark: { type: 'bar', tooltip: true, height: { band: 0.7 } },
      encoding: {
        y: { field: 'run', type: 'nominal', title: null, axis },
        x: { field: 'value', type: 'quantitative', title: null, axis: { ...axis, tickCount: 4 } },
        color: { value: color('--jp-brand-color1') }
      }
    },
    resolve: { scale: { x: 'independent' } },
    config: { view: { stroke: line } }
  };
}

function Chart(props: { comparison: Comparison }): React.JSX.Element | null {
  const { rendermime, trans } = useMlops();
  const { comparison } = props;
  const box = useRef<HTMLDivElement>(null);
  const [isMissing, setMissing] = useState(false);
  const [theme, setTheme] = useState(document.body.dataset.jpThemeName ?? '');
  useEffect(() => {
    const observer = new MutationObserver(() => {
      setTheme(document.body.dataset.jpThemeName ?? '');
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name'] });
    return () => {
      observer.disconnect();
    };
  }, []);
  const hasNumbers = comparison.metrics.some(metric =>
    metric.values.some(value => typeof value === 'number')
  );
  useEffect(() => {
    if (!hasNumbers || !rendermime?.mimeTypes.includes(VEGA)) {
      setMissing(true);
      return;
    }
    const renderer = rendermime.createRenderer(VEGA);
    const model = rendermime.createModel({
      data: { [VEGA]: chartOf(comparison, themed) as never },
      metadata: { [VEGA]: { embed_options: { actions: false } } },
      trusted: true
    });
    box.current?.replaceChildren(renderer.node);
    renderer.renderModel(model).catch(() => {
      setMissing(true);
    });
    return () => {
      renderer.dispose();
    };
  }, [comparison, rendermime, theme, hasNumbers]);
  return isMissing ? null : (
    <div
      ref={box}
      className="jp-MlopsChart"
      role="img"
      aria-label={trans.__('The metrics of the runs as bars')}
    />
  );
}

function Diff(props: { step: Form<'ComparedStep'>; letter: string }): React.JSX.Element {
  const { trans } = useMlops();
  const { step, letter } = props;
  const words: Readonly<Record<typeof step.change, string>> = {
    same: trans.__('the same'),
    changed: trans.__('changed'),
    added: trans.__('only in %1', letter),
    removed: trans.__('not in %1', letter)
  };
  const signs = { same: ' ', added: '+', removed: '−', gap: '⋯' } as const;
  if (step.diff.length === 0) {
    return (
      <div className="jp-MlopsDiff-same">
        <b>{step.name}</b> <span className="jp-MlopsHint">{`${letter}: ${words[step.change]}`}</span>
      </div>
    );
  }
  return (
    <details className="jp-MlopsDiff" open>
      <summary>
        <b>{step.name}</b> <span className="jp-MlopsHint">{`${letter}: ${words[step.change]}`}</span>
      </summary>
      <div
        className="jp-MlopsDiff-lines"
        tabIndex={0}
        role="group"
        aria-label={trans.__('Changes of step %1', step.name)}
      >
        {step.diff.map((line, index) => (
          <div key={index} className={`jp-MlopsDiff-line jp-mod-${line.kind}`}>
            <span className="jp-MlopsDiff-sign">{signs[line.kind]}</span>
            {line.text}
          </div>
        ))}
      </div>
    </details>
  );
}

function Compared(props: { comparison: Comparison }): React.JSX.Element {
  const { trans } = useMlops();
  const { comparison } = props;
  const { runs, parameters, metrics, steps } = comparison;
  const [isAll, setAll] = useState(false);
  const differing = parameters.filter(parameter => parameter.differs);
  const shown = isAll ? parameters : differing;
  const changed = steps.filter(step => step.change !== 'same');
  const letters = new Map(runs.map((run, index) => [run.id, letterOf(index)]));
  return (
    <div className="jp-MlopsCompare">
      <section aria-label={trans.__('Runs')}>
        <div className="jp-MlopsScroll">
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
        </div>
        <Chart comparison={comparison} />
      </section>
      <section aria-label={trans.__('Notebook')}>
        <h3>{trans.__('Notebook')}</h3>
        {changed.length === 0 ? <Empty>{trans.__('The code of all steps is the same.')}</Empty> : null}
        {changed.map(step => (
          <Diff key={`${step.run}-${step.name}`} step={step} letter={letters.get(step.run) ?? ''} />
        ))}
      </section>
    </div>
  );
}

export function ComparePage(props: { ids: readonly string[] }): React.JSX.Element {
  const { client, trans } = useMlops();
  const { ids } = props;
  const reach = useReach();
  const asked = useQuery({
    queryKey: keys.compare(ids),
    queryFn: () =>
      client.answer(client.http.GET('/mlops/api/v1/compare', { params: { query: { run: [...ids] } } }))
  });
  return (
    <>
      {reach === 'unreachable' ? (
        <div className="jp-MlopsLine" role="status">
          {trans.__('The server cannot be reached, trying again…')}
        </div>
      ) : null}
      {asked.error && reach !== 'unreachable' ? (
        <Failed error={asked.error} retry={() => void asked.refetch()} />
      ) : null}
      {asked.isPending ? <Loading what={trans.__('Comparing the runs…')} /> : null}
      {asked.data ? <Compared comparison={asked.data} /> : null}
    </>
  );
}
