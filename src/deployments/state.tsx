/** The state of a deployment or of a version in it: a sign and a word. */

import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Form } from '../api/client';
import { useMlops } from '../ui/hooks';

export type State = Form<'Deployment'>['status'] | Form<'ServedVersion'>['state'];

const SIGNS: Readonly<Record<State, string>> = {
  starting: '◐',
  ready: '●',
  degraded: '▲',
  failed: '✗',
  stopped: '■',
  rejected: '✗',
  gone: '–'
};
/** The colours are those of the states of runs. */
const COLORS: Readonly<Record<State, string>> = {
  starting: 'running',
  ready: 'succeeded',
  degraded: 'degraded',
  failed: 'failed',
  stopped: 'cancelled',
  rejected: 'failed',
  gone: 'skipped'
};

/** The word of a state. */
export function stateText(state: State, trans: TranslationBundle): string {
  const words: Readonly<Record<State, string>> = {
    starting: trans.__('starting'),
    ready: trans.__('ready'),
    degraded: trans.__('degraded'),
    failed: trans.__('failed'),
    stopped: trans.__('stopped'),
    rejected: trans.__('rejected'),
    gone: trans.__('gone')
  };
  return words[state];
}

/** The class that colours what belongs to a state. */
export function colorOfState(state: State): string {
  return `jp-mod-${COLORS[state]}`;
}

export function StateMark(props: { state: State; withWord?: boolean }): React.JSX.Element {
  const { trans } = useMlops();
  const { state, withWord } = props;
  const word = stateText(state, trans);
  return (
    <span className={`jp-MlopsMark ${colorOfState(state)}`} title={withWord ? undefined : word}>
      <span aria-hidden="true" className="jp-MlopsMark-sign">
        {SIGNS[state]}
      </span>
      <span className={withWord ? undefined : 'jp-MlopsHidden'}>
        {withWord ? ' ' : ''}
        {word}
      </span>
    </span>
  );
}
