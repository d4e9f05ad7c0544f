/** What is known of one step: at the right of the run page, as wide as the user wants it. */

import React, { useId, useRef, useState } from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { colorOf } from '../../context';
import { useMlops, useRemembered } from '../../ui/hooks';
import { Mark, shownOf } from '../../ui/mark';
import { isActive } from '../row';
import { DataTab } from './data';
import { FailureBlock } from './failure';
import { LogTab } from './logtab';
import { AttemptsTab, MetricsTab, NotebookTab } from './tabs';

type Tab = 'notebook' | 'log' | 'data' | 'attempts' | 'metrics';
const TABS: readonly Tab[] = ['notebook', 'log', 'data', 'attempts', 'metrics'];

/** The bar at the left of the drawer: drag it, or move it with the arrow keys. */
export function Splitter(props: {
  width: number;
  onWidth: (width: number) => void;
  label?: string;
}): React.JSX.Element {
  const { trans } = useMlops();
  const { width, onWidth, label } = props;
  const start = useRef<{ x: number; width: number } | null>(null);
  const clamp = (wanted: number): number => Math.round(Math.min(1200, Math.max(260, wanted)));
  return (
    <div
      className="jp-MlopsSplitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label ?? trans.__('Width of the step’s drawer')}
      aria-valuenow={width}
      aria-valuemin={260}
      aria-valuemax={1200}
      tabIndex={0}
      onPointerDown={event => {
        start.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={event => {
        if (start.current) {
          onWidth(clamp(start.current.width + start.current.x - event.clientX));
        }
      }}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={event => {
        const by = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
        if (by !== undefined) {
          event.preventDefault();
          onWidth(clamp(width + by));
        }
      }}
    />
  );
}

/** What is shown of a step when nobody chose: what it is worth looking at now. */
function naturalTab(step: Form<'StepRun'>): Tab {
  return step.has_notebook && step.status === 'succeeded' ? 'notebook' : 'log';
}

export interface IDrawerProps {
  readonly run: Form<'RunDetail'>;
  readonly step: Form<'StepRun'>;
  readonly onClose: () => void;
}

export function Drawer(props: IDrawerProps): React.JSX.Element {
  const { app, trans } = useMlops();
  const { run, step, onClose } = props;
  const [chosen, setChosen] = useRemembered<Tab | ''>('drawer-tab', '');
  const [attempt, setAttempt] = useState<number | null>(null);
  const id = useId();
  const tabs = useRef<HTMLDivElement>(null);
  const shown = shownOf(step, run);
  const tab = chosen === '' ? naturalTab(step) : chosen;
  const position = run.steps.findIndex(each => each.name === step.name);
  const labels: Readonly<Record<Tab, string>> = {
    notebook: trans.__('Notebook'),
    log: trans.__('Log'),
    data: trans.__('Data'),
    attempts: step.attempts > 1 ? trans.__('Attempts (%1)', step.attempts) : trans.__('Attempts'),
    metrics: trans.__('Metrics')
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const at = TABS.indexOf(tab);
    const to = {
      ArrowRight: (at + 1) % TABS.length,
      ArrowLeft: (at + TABS.length - 1) % TABS.length,
      Home: 0,
      End: TABS.length - 1
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setChosen(TABS[to] ?? 'log');
      tabs.current?.querySelectorAll<HTMLElement>('[role=tab]')[to]?.focus();
    }
  };
  const place = { id: run.id, attempt };
  return (
    <aside
      className={`jp-MlopsDrawer jp-mod-mlopsColor${colorOf(Math.max(0, position))}`}
      aria-label={trans.__('Step %1', step.name)}
    >
      <div className="jp-MlopsDrawer-head">
        <h3 title={step.name}>
          <span className="jp-MlopsDot" aria-hidden="true" />
          {step.name}
        </h3>
        <Mark shown={shown} withWord />
        <span className="jp-MlopsDrawer-verbs">
          <button
            type="button"
            className="jp-MlopsButton"
            disabled={isActive(run)}
            title={
              isActive(run)
                ? trans.__('The run is not over yet')
                : trans.__('Run this step and those that depend on it again')
            }
            onClick={() =>
              void app.commands.execute(CommandIds.retryRun, { id: run.id, fromStep: step.name })
            }
          >
            {trans.__('Re-run from here…')}
          </button>
          <button
            type="button"
            className="jp-MlopsIconButton"
            aria-label={trans.__('Close the drawer')}
            onClick={onClose}
          >
            ✕
          </button>
        </span>
      </div>
      {step.error ? <FailureBlock failure={step.error} path={run.path} /> : null}
      <div ref={tabs} className="jp-MlopsTabs" role="tablist" aria-label={trans.__('Of this step')}>
        {TABS.map(each => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            aria-selected={each === tab}
            aria-controls={`${id}-panel`}
            tabIndex={each === tab ? 0 : -1}
            onKeyDown={onKeyDown}
            onClick={() => {
              setChosen(each);
            }}
          >
            {labels[each]}
          </button>
        ))}
      </div>
      {attempt === null ? null : (
        <div className="jp-MlopsLine">
          {trans.__('Attempt %1 of %2. ', attempt, step.attempts)}
          <button
            type="button"
            className="jp-MlopsLink"
            onClick={() => {
              setAttempt(null);
            }}
          >
            {trans.__('Show the latest')}
          </button>
        </div>
      )}
      <div
        id={`${id}-panel`}
        className="jp-MlopsDrawer-panel"
        role="tabpanel"
        aria-labelledby={`${id}-${tab}`}
      >
        {tab === 'notebook' ? <NotebookTab {...place} step={step} /> : null}
        {tab === 'log' ? (
          step.attempts === 0 ? (
            <div className="jp-MlopsNote">
              {shown === 'cached'
                ? trans.__('The result was taken over from an earlier run; nothing was executed.')
                : shown === 'unasked'
                  ? trans.__('The run was asked for other steps only; this one was not executed.')
                  : trans.__('The step has not been started yet.')}
            </div>
          ) : (
            <LogTab {...place} step={step.name} />
          )
        ) : null}
        {tab === 'data' ? <DataTab {...place} step={step.name} /> : null}
        {tab === 'attempts' ? <AttemptsTab {...place} step={step} onAttempt={setAttempt} /> : null}
        {tab === 'metrics' ? <MetricsTab step={step} run={run} /> : null}
      </div>
    </aside>
  );
}
