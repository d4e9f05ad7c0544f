/** The marks of states: a sign and a word, so that colour is never the only signal. */

import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Form } from '../api/client';
import { useMlops } from './hooks';

export type Status = Form<'StepRun'>['status'];
/** A state as it is shown: a carried result and a step that nobody asked for have marks of their own. */
export type Shown = Status | 'cached' | 'unasked';

const SIGNS: Readonly<Record<Shown, string>> = {
  pending: '○',
  queued: '○',
  running: '◐',
  succeeded: '✓',
  failed: '✗',
  cancelled: '⊘',
  skipped: '–',
  cached: '⚡',
  unasked: '·'
};

/** The word of a state. */
export function wordOf(shown: Shown, trans: TranslationBundle): string {
  const words: Readonly<Record<Shown, string>> = {
    pending: trans.__('pending'),
    queued: trans.__('queued'),
    running: trans.__('running'),
    succeeded: trans.__('succeeded'),
    failed: trans.__('failed'),
    cancelled: trans.__('cancelled'),
    skipped: trans.__('skipped'),
    cached: trans.__('cached'),
    unasked: trans.__('not selected')
  };
  return words[shown];
}

/** How the state of a run's step is shown. */
export function shownOf(
  step: Pick<Form<'StepRun'>, 'name' | 'status' | 'cached' | 'carried_from'>,
  run: Pick<Form<'RunDetail'>, 'chosen'>
): Shown {
  if (step.status === 'skipped' && run.chosen !== null && !run.chosen.includes(step.name)) {
    return 'unasked';
  }
  return step.status === 'succeeded' && (step.cached || step.carried_from !== null) ? 'cached' : step.status;
}

/** The sign of a state, with its word for screen readers. */
export function Mark(props: { shown: Shown; withWord?: boolean }): React.JSX.Element {
  const { trans } = useMlops();
  const word = wordOf(props.shown, trans);
  return (
    <span className={`jp-MlopsMark jp-mod-${props.shown}`} title={props.withWord ? undefined : word}>
      <span aria-hidden="true" className="jp-MlopsMark-sign">
        {SIGNS[props.shown]}
      </span>
      <span className={props.withWord ? undefined : 'jp-MlopsHidden'}>
        {props.withWord ? ' ' : ''}
        {word}
      </span>
    </span>
  );
}
