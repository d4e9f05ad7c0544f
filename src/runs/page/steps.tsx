/** The steps of a run: as a graph with live states, and as a table below it. */

import React, { useMemo } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Form } from '../../api/client';
import { cellText } from '../../ui/cells';
import { useMlops } from '../../ui/hooks';
import { type IGraphStep, StepGraph } from '../../ui/graph';
import type { ILayoutOptions } from '../../ui/layout';
import { Mark, type Shown, shownOf, wordOf } from '../../ui/mark';
import { clock, duration, full, size, ticking, took } from '../../ui/words';

type Step = Form<'StepRun'>;

interface IStepsProps {
  readonly run: Form<'RunDetail'>;
  readonly selected: string | null;
  readonly onSelect: (step: string) => void;
  readonly now: number;
}

/** How long a step took or takes; empty before it is started. */
export function tookText(step: Step, now: number): string {
  const seconds = took(step.started_at, step.finished_at, now);
  if (seconds === null) {
    return '';
  }
  return step.finished_at === null ? ticking(seconds) : duration(seconds);
}

/** The second line of a box: `41 s · attempt 2`, `0.4 s · cached`, `waits for 2`. */
export function boxText(
  step: Step,
  shown: Shown,
  steps: ReadonlyMap<string, Step>,
  now: number,
  trans: TranslationBundle
): string {
  if (step.status === 'pending' || step.status === 'queued') {
    const open = step.after.filter(name => steps.get(name)?.status !== 'succeeded').length;
    return open > 0 ? trans.__('waits for %1', open) : wordOf(step.status, trans);
  }
  const length = tookText(step, now);
  const parts = [
    shown === 'cached' || step.status === 'cancelled' || step.status === 'skipped' ? '' : length,
    shown === 'cached' || length === '' || step.status !== 'succeeded' ? wordOf(shown, trans) : '',
    step.attempts > 1 ? trans.__('attempt %1', step.attempts) : ''
  ];
  return parts.filter(part => part !== '').join(' · ');
}

/** The state in the table: `running, cell 5`. */
function stateAddition(step: Step, trans: TranslationBundle): string {
  const at = step.status === 'running' ? step.cell : step.status === 'failed' ? step.error?.cell : null;
  return typeof at === 'number' ? `, ${cellText(trans, at)}` : '';
}

/** What a screen reader says of a box; no word twice. */
export function labelOf(name: string, state: string, second: string): string {
  const more = second.split(' · ').filter(text => text !== '' && text !== state);
  return `${name}: ${[state, ...more].join(', ')}`;
}

export function RunGraph(props: IStepsProps): React.JSX.Element {
  const { trans } = useMlops();
  const { run, selected, onSelect, now } = props;
  const byName = useMemo(() => new Map(run.steps.map(step => [step.name, step])), [run.steps]);
  const longest = Math.max(0, ...run.steps.map(step => step.name.length));
  const width = Math.min(200, Math.max(112, Math.round(longest * 6.6 + 44)));
  const options = useMemo<ILayoutOptions>(
    () => ({ direction: 'LR', width, height: 46, rankGap: 90, boxGap: 14 }),
    [width]
  );
  const steps = run.steps.map((step): IGraphStep => {
    const shown = shownOf(step, run);
    const second = boxText(step, shown, byName, now, trans);
    return {
      name: step.name,
      after: step.after,
      inputs: step.inputs,
      label: labelOf(step.name, wordOf(shown, trans), second),
      classes: `jp-MlopsBox jp-mod-${shown}`,
      content: (
        <>
          <span className="jp-MlopsStep-name">{step.name}</span>
          <Mark shown={shown} />
          <span className="jp-MlopsBox-second">{second}</span>
        </>
      )
    };
  });
  return (
    <StepGraph
      steps={steps}
      options={options}
      room={9}
      maxHeight={340}
      selected={selected}
      label={trans.__('Steps of run %1', run.name)}
      onSelect={onSelect}
    />
  );
}

/** What a step hands over, with sizes as far as they are known; the result of its last line when it is nothing. */
function HandsOver(props: { step: Step }): React.JSX.Element {
  const { outputs, sizes, result } = props.step;
  if (outputs.length === 0) {
    return <>{result}</>;
  }
  return (
    <>
      {outputs.map((name, index) => {
        const bytes = Object.hasOwn(sizes, name) ? sizes[name] : undefined;
        return (
          <React.Fragment key={name}>
            {index === 0 ? '' : ' · '}
            {name}
            {bytes === undefined ? null : <span className="jp-MlopsHint"> {size(bytes)}</span>}
          </React.Fragment>
        );
      })}
    </>
  );
}

export function StepTable(props: IStepsProps): React.JSX.Element {
  const { trans } = useMlops();
  const { run, selected, onSelect, now } = props;
  return (
    <table className="jp-MlopsTable jp-MlopsSteps">
      <thead>
        <tr>
          <th scope="col">{trans.__('step')}</th>
          <th scope="col">{trans.__('state')}</th>
          <th scope="col">{trans.__('started')}</th>
          <th scope="col">{trans.__('took')}</th>
          <th scope="col">{trans.__('hands over')}</th>
        </tr>
      </thead>
      <tbody>
        {run.steps.map(step => (
          <tr
            key={step.name}
            data-step-row={step.name}
            className={step.name === selected ? 'jp-mod-selected' : ''}
            onClick={() => {
              onSelect(step.name);
            }}
          >
            <td>
              <button
                type="button"
                className="jp-MlopsLink"
                title={step.name}
                aria-pressed={step.name === selected}
              >
                {step.name}
              </button>
            </td>
            <td>
              <Mark shown={shownOf(step, run)} withWord />
              {stateAddition(step, trans)}
              {step.status === 'running' && step.output ? (
                <div className="jp-MlopsHint jp-MlopsSteps-output" title={step.output}>
                  {step.output}
                </div>
              ) : null}
            </td>
            <td title={step.started_at === null ? '' : full(step.started_at)}>
              {step.started_at === null ? '' : clock(step.started_at, true)}
            </td>
            <td>{step.attempts === 0 ? '' : tookText(step, now)}</td>
            <td className="jp-MlopsSteps-names">
              <HandsOver step={step} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
