/** What a run says of itself in two lines. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Form } from '../api/client';
import { duration, figure, since, ticking, took } from '../ui/words';

type Row = Form<'RunRow'>;

/** Whether a run goes on. */
export function isActive(run: Pick<Row, 'status'>): boolean {
  return run.status === 'queued' || run.status === 'running';
}

/** The first metrics of a run: `accuracy 0.914 · f1 0.9`. */
export function metricsText(run: Pick<Row, 'metrics'>, most: number): string {
  return Object.entries(run.metrics)
    .slice(0, most)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join(' · ');
}

/** At the right of the first line: how long it runs, or when it was. */
export function asideText(run: Row, now: number): string {
  if (run.status === 'running') {
    return ticking(took(run.started_at, null, now) ?? 0);
  }
  return since(run.finished_at ?? run.created_at, now);
}

/** The second line. */
export function secondText(run: Row, now: number, trans: TranslationBundle): string {
  const steps = trans._n('%2 of %1 step', '%2 of %1 steps', run.total, run.done);
  const seconds = took(run.started_at, run.finished_at, now);
  const length = seconds === null ? '' : duration(seconds);
  switch (run.status) {
    case 'queued':
      return run.cancel_requested ? trans.__('is being cancelled') : trans.__('waits for its turn');
    case 'running':
      return join(
        run.cancel_requested ? trans.__('is being cancelled') : '',
        ...run.current.slice(0, 3),
        steps
      );
    case 'succeeded':
      return join(metricsText(run, 3), trans._n('%1 step', '%1 steps', run.total, run.total), length);
    case 'failed':
      return [run.failed_step, run.error].filter(text => text !== null && text !== '').join(': ') || length;
    case 'cancelled':
      return join(steps, length);
  }
}

function join(...texts: string[]): string {
  return texts.filter(text => text !== '').join(' · ');
}
