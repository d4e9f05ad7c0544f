/** What is known of one step: at the right of the run page, as wide as the user wants it. */

import React, { useState } from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { colorOf } from '../../context';
import { useMlops, useRemembered } from '../../ui/hooks';
import { Mark, shownOf } from '../../ui/mark';
import { Tabs } from '../../ui/tabs';
import { isActive } from '../row';
import { DataTab } from './data';
import { FailureBlock } from './failure';
import { LogTab } from './logtab';
import { AttemptsTab, MetricsTab, NotebookTab } from './tabs';

type Tab = 'notebook' | 'log' | 'data' | 'attempts' | 'metrics';

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
  const shown = shownOf(step, run);
  const tab = chosen === '' ? naturalTab(step) : chosen;
  const place = { id: run.id, attempt };
  return (
    <aside
      className={`jp-MlopsDrawer jp-mod-mlopsColor${colorOf(step.name)}`}
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
      <Tabs<Tab>
        label={trans.__('Of this step')}
        chosen={tab}
        onChosen={setChosen}
        above={
          attempt === null ? null : (
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
          )
        }
        tabs={[
          {
            name: 'notebook',
            label: trans.__('Notebook'),
            content: () => <NotebookTab {...place} step={step} />
          },
          {
            name: 'log',
            label: trans.__('Log'),
            content: () =>
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
          },
          {
            name: 'data',
            label: trans.__('Data'),
            content: () => <DataTab {...place} step={step.name} />
          },
          {
            name: 'attempts',
            label: step.attempts > 1 ? trans.__('Attempts (%1)', step.attempts) : trans.__('Attempts'),
            content: () => <AttemptsTab {...place} step={step} onAttempt={setAttempt} />
          },
          {
            name: 'metrics',
            label: trans.__('Metrics'),
            content: () => <MetricsTab step={step} run={run} />
          }
        ]}
      />
    </aside>
  );
}
