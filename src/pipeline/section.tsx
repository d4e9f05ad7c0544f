/** The section Pipeline: what the open notebook would be as a pipeline, while it is being tagged. */

import { useQuery } from '@tanstack/react-query';
import React, { useMemo } from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { useLook, useMlops, useNow } from '../ui/hooks';
import { type IGraphStep, StepGraph } from '../ui/graph';
import { broadest, type ILayoutOptions } from '../ui/layout';
import { Mark, shownOf, wordOf } from '../ui/mark';
import { keys } from '../ui/queries';
import { Section } from '../ui/section';
import { Empty, Failed, Loading } from '../ui/states';
import { full, since } from '../ui/words';
import { Findings } from './findings';

/** The newest run of a notebook with its steps; null when it was never run. */
export async function lastRun(mlops: IMlops, path: string): Promise<Form<'RunDetail'> | null> {
  const { client } = mlops;
  const query = { path, limit: 1 };
  const page = await client.answer(client.http.GET('/mlops/api/v1/runs', { params: { query } }));
  const id = page.runs[0]?.id;
  return id === undefined
    ? null
    : client.answer(client.http.GET('/mlops/api/v1/runs/{run}', { params: { path: { run: id } } }));
}

/**
 * The steps whose result in a run is not what they would give now: they, or steps above them, were edited since. The
 * mark of such a step would say something about code that is not there any more.
 */
export function editedSince(
  steps: readonly Pick<Form<'Pipeline'>['steps'][number], 'name' | 'after' | 'fingerprint'>[],
  run: Pick<Form<'RunDetail'>, 'steps'> | null
): ReadonlySet<string> {
  const ran = new Map(run?.steps.map(step => [step.name, step.fingerprint]));
  const edited = new Set<string>();
  // Steps are in the order in which they run: those above come first.
  for (const step of steps) {
    if (ran.get(step.name) !== step.fingerprint || step.after.some(before => edited.has(before))) {
      edited.add(step.name);
    }
  }
  return edited;
}

/** The width of the panel at first, less its margins. */
const PANEL_PX = 312;
const BOX_GAP_PX = 12;

/** The pipeline as a graph from top to bottom, in the colours of the badges; the last run marks the steps. */
export function PipelineGraph(props: {
  path: string;
  pipeline: Form<'Pipeline'>;
  run: Form<'RunDetail'> | null;
}): React.JSX.Element {
  const { app, trans } = useMlops();
  const { path, pipeline, run } = props;
  const longest = Math.max(0, ...pipeline.steps.map(step => step.name.length));
  // The name at 12 px, and beside it the dot, the mark and the padding; less where several share the panel's width.
  const share = PANEL_PX / Math.max(1, broadest(pipeline.steps)) - BOX_GAP_PX;
  const width = Math.max(96, Math.min(220, share, Math.round(longest * 7 + 62)));
  const options = useMemo<ILayoutOptions>(
    () => ({ direction: 'TB', width, height: 26, rankGap: 16, boxGap: BOX_GAP_PX }),
    [width]
  );
  const edited = editedSince(pipeline.steps, run);
  const steps = pipeline.steps.map((step): IGraphStep => {
    const ran = run?.steps.find(each => each.name === step.name);
    const isEdited = ran !== undefined && edited.has(step.name);
    const shown = ran && run && !isEdited ? shownOf(ran, run) : null;
    const state = isEdited
      ? `, ${trans.__('edited since the last run')}`
      : shown === null
        ? ''
        : `, ${wordOf(shown, trans)}`;
    const after = step.after.length === 0 ? '' : `, ${trans.__('after %1', step.after.join(', '))}`;
    return {
      name: step.name,
      after: step.after,
      inputs: step.inputs,
      label: `${step.name}${after}${state}`,
      content: (
        <>
          <span className="jp-MlopsDot" aria-hidden="true" />
          <span className="jp-MlopsStep-name">{step.name}</span>
          {isEdited ? (
            <span className="jp-MlopsQuiet" title={trans.__('edited since the last run')} aria-hidden="true">
              ✎
            </span>
          ) : null}
          {shown === null || shown === 'pending' ? null : <Mark shown={shown} />}
        </>
      )
    };
  });
  return (
    <StepGraph
      steps={steps}
      options={options}
      room={0}
      maxHeight={340}
      label={trans.__('Pipeline of %1', path)}
      onSelect={name => {
        const cell = pipeline.steps.find(step => step.name === name)?.cells[0];
        if (cell !== undefined) {
          void app.commands.execute(CommandIds.openCell, { path, cell });
        }
      }}
    />
  );
}

function LastRun(props: { run: Form<'RunDetail'> }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { run } = props;
  const now = useNow(30_000);
  return (
    <button
      type="button"
      className="jp-MlopsLink jp-MlopsPipeline-last"
      title={`${trans.__('Open the last run of this notebook')}: ${full(run.created_at)}`}
      onClick={() => void app.commands.execute(CommandIds.openRun, { id: run.id })}
    >
      {trans.__('last run')} <Mark shown={run.status} withWord /> {since(run.created_at, now)}
    </button>
  );
}

function Pipeline(props: { path: string; inspection: Form<'Inspection'> }): React.JSX.Element {
  const mlops = useMlops();
  const { app, trans } = mlops;
  const { path, inspection } = props;
  const { steps, parameters } = inspection.pipeline;
  const last = useQuery({ queryKey: keys.last(path), queryFn: () => lastRun(mlops, path) });
  const isTagged = inspection.cells.some(cell => cell.is_tagged && cell.role === 'step');
  // A notebook without code is one step of no cells.
  const isEmpty = steps.every(step => step.cells.length === 0);
  // Said above, once.
  const told = inspection.findings.filter(finding => finding.code !== 'notebook.no_code');
  const counts = [
    trans._n('%1 step', '%1 steps', steps.length, steps.length),
    trans._n('%1 parameter', '%1 parameters', parameters.length, parameters.length)
  ].join(' · ');
  return (
    <>
      {isEmpty ? (
        <Empty>{trans.__('There is no code to run in this notebook yet.')}</Empty>
      ) : (
        <PipelineGraph path={path} pipeline={inspection.pipeline} run={last.data ?? null} />
      )}
      {!isEmpty && !isTagged ? (
        <Empty>
          {trans.__(
            'This notebook is one step. To part it, select a cell and name its step with the button in the cell’s toolbar.'
          )}
        </Empty>
      ) : null}
      <Findings path={path} findings={isEmpty ? told : inspection.findings} />
      <div className="jp-MlopsPipeline-actions">
        <button
          type="button"
          className="jp-MlopsButton jp-mod-mlopsMain"
          disabled={isEmpty}
          onClick={() => void app.commands.execute(CommandIds.runNotebook, { path })}
        >
          <span aria-hidden="true">▶</span> {trans.__('Run…')}
        </button>
        <button
          type="button"
          className="jp-MlopsButton"
          disabled={isEmpty}
          title={trans.__('Freeze this notebook as a job that can be run again')}
          onClick={() => void app.commands.execute(CommandIds.promoteNotebook, { path })}
        >
          {trans.__('Promote…')}
        </button>
        <span className="jp-MlopsPipeline-counts">{isEmpty ? '' : counts}</span>
      </div>
      {last.data ? <LastRun run={last.data} /> : null}
    </>
  );
}

function Body(): React.JSX.Element {
  const { app, inspector, trans } = useMlops();
  const look = useLook();
  if (look.path === null) {
    return (
      <Empty>
        <p>{trans.__('Open a notebook: its cells become the steps of a pipeline.')}</p>
        <button
          type="button"
          className="jp-MlopsButton jp-mod-mlopsMain"
          onClick={() => void app.commands.execute(CommandIds.openExample)}
        >
          {trans.__('Open an example')}
        </button>
      </Empty>
    );
  }
  const error = look.error === null ? null : <Failed error={look.error} retry={() => inspector?.refresh()} />;
  if (look.inspection === null) {
    return error ?? <Loading what={trans.__('Reading the notebook…')} />;
  }
  return (
    <>
      {error}
      <Pipeline path={look.path} inspection={look.inspection} />
    </>
  );
}

export function PipelineSection(): React.JSX.Element {
  const { trans } = useMlops();
  const { path } = useLook();
  const name = path?.split('/').pop();
  return (
    <Section
      name="pipeline"
      title={trans.__('Pipeline')}
      aside={name === undefined ? null : <span title={path ?? ''}>{name}</span>}
    >
      <Body />
    </Section>
  );
}
