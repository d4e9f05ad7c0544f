/** The page of a run: its head, its steps as a graph and a table, and the drawer of one step. */

import { useQuery } from '@tanstack/react-query';
import React, { useEffect, useRef, useState } from 'react';

import type { Form } from '../../api/client';
import { LoggedModels } from '../../models/logged';
import { Frame, useAsked } from '../../ui/frame';
import { useMlops, useNow, useRemembered } from '../../ui/hooks';
import type { Host } from '../../ui/host';
import { statusIcon } from '../../ui/icons';
import { keys } from '../../ui/queries';
import { Splitter } from '../../ui/splitter';
import { when } from '../../ui/words';
import { isActive } from '../row';
import { Drawer } from './drawer';
import { FailureBlock } from './failure';
import { Header } from './header';
import { RunGraph, StepTable } from './steps';

/**
 * The step that is worth a look when nobody chose one: what works now, else what failed, else what was shown `before`, else
 * the first that this run executed itself.
 *
 * What is shown stays while it works, and when the run is over without a failure: after a cancel nothing jumps.
 */
export function naturalStep(
  run: Pick<Form<'RunDetail'>, 'steps'>,
  before: string | null = null
): string | null {
  const { steps } = run;
  const shown = steps.find(step => step.name === before);
  if (shown?.status === 'running') {
    return shown.name;
  }
  const found =
    steps.find(step => step.status === 'running') ??
    steps.find(step => step.status === 'failed') ??
    shown ??
    steps.find(step => step.attempts > 0) ??
    steps.find(step => step.status === 'pending' || step.status === 'queued') ??
    steps[0];
  return found?.name ?? null;
}

function useTitle(host: Host, run: Form<'RunDetail'> | undefined): void {
  const { trans } = useMlops();
  useEffect(() => {
    if (run !== undefined) {
      host.title.icon = statusIcon(run.status);
      host.title.caption = `${run.name} · ${run.id}`;
      host.title.label = trans.__('Run %1 · %2', run.name, when(run.created_at, Date.now()));
    }
  }, [host, trans, run?.status, run?.name]);
}

function Loaded(props: { run: Form<'RunDetail'>; host: Host; first: string | undefined }): React.JSX.Element {
  const { trans } = useMlops();
  const { run, host, first } = props;
  const now = useNow(isActive(run) ? 1000 : null);
  // undefined: nobody chose; null: the drawer is closed.
  const [chosen, setChosen] = useState<string | null | undefined>(first);
  const [width, setWidth] = useRemembered('drawer-width', 400);
  useAsked(host, 'mlops-step', String, setChosen);
  const isThere = chosen !== undefined && chosen !== null && run.steps.some(step => step.name === chosen);
  const before = useRef<string | null>(null);
  const selected = isThere ? chosen : chosen === null ? null : naturalStep(run, before.current);
  // What waits is no place to stay: the first step that works is shown then.
  before.current = run.steps.some(each => each.attempts > 0) ? selected : null;
  const step = run.steps.find(each => each.name === selected);
  const steps = { run, selected, now, onSelect: setChosen };
  return (
    <div className="jp-MlopsRunPage" data-run={run.id} data-status={run.status}>
      <Header run={run} now={now} />
      <div className="jp-MlopsRunPage-body">
        <div className="jp-MlopsRunPage-main">
          {run.failure && !run.steps.some(each => each.error) ? (
            <FailureBlock failure={run.failure} path={run.path} />
          ) : null}
          {run.notes.length === 0 ? null : (
            <ul className="jp-MlopsNotes" aria-label={trans.__('Notes')}>
              {run.notes.map(note => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          )}
          <RunGraph {...steps} />
          <StepTable {...steps} />
          <LoggedModels run={run} />
        </div>
        {step ? (
          <>
            <Splitter width={width} onWidth={setWidth} />
            <div
              className="jp-MlopsRunPage-drawer"
              style={{ width }}
              // Whoever works in the drawer keeps its step while the run goes on.
              onPointerDownCapture={() => {
                setChosen(step.name);
              }}
              onFocusCapture={() => {
                setChosen(step.name);
              }}
            >
              <Drawer
                key={step.name}
                run={run}
                step={step}
                onClose={() => {
                  setChosen(null);
                }}
              />
            </div>
          </>
        ) : null}
      </div>
    </div>
  );
}

export function RunPage(props: { id: string; step: string | undefined; host: Host }): React.JSX.Element {
  const { client, trans } = useMlops();
  const { id, step, host } = props;
  const asked = useQuery({
    queryKey: keys.run(id),
    queryFn: () =>
      client.answer(client.http.GET('/mlops/api/v1/runs/{run}', { params: { path: { run: id } } }))
  });
  useTitle(host, asked.data);
  return (
    <Frame
      asked={asked}
      loading={trans.__('Loading the run…')}
      gone={last =>
        last
          ? trans.__('Run "%1" was deleted.', last.name)
          : trans.__('There is no run %1: it was deleted, or belongs to another server.', id.slice(0, 8))
      }
    >
      {run => <Loaded run={run} host={host} first={step} />}
    </Frame>
  );
}
