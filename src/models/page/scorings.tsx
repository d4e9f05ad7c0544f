/** The files that a model scores and scored: how far each is, its end, its result. */

import { useQuery } from '@tanstack/react-query';
import React, { useState } from 'react';

import type { Form } from '../../api/client';
import { complain } from '../../runs/actions';
import { useMlops, useNow } from '../../ui/hooks';
import { Ticked } from '../../ui/ticked';
import { count, full, since } from '../../ui/words';
import { keys, LOOK_MS, renew } from '../queries';
import { isGoingOn, scoringText } from '../words';
import { CommandLink } from './facts';

type Scoring = Form<'Scoring'>;

/** This many at first, newest first; what goes on is always shown. */
const ROWS = 3;

const SIGNS: Readonly<Record<Scoring['state'], string>> = {
  queued: '○',
  running: '◐',
  succeeded: '✓',
  failed: '✗',
  cancelled: '⊘'
};

function Progress(props: { scoring: Scoring }): React.JSX.Element {
  const { trans } = useMlops();
  const { done, total, input } = props.scoring;
  return (
    <progress
      className="jp-MlopsProgress"
      aria-label={trans.__('Rows of %1', input ?? '')}
      value={total === null ? undefined : done}
      max={total ?? undefined}
    />
  );
}

function Row(props: { scoring: Scoring; now: number }): React.JSX.Element {
  const mlops = useMlops();
  const { client, trans } = mlops;
  const { scoring, now } = props;
  const { id, version, input, output, state, error, columns, resumed, is_cancelling } = scoring;
  const cancel = async (): Promise<void> => {
    try {
      const params = { path: { scoring: id } };
      await client.answer(client.http.POST('/mlops/api/v1/scorings/{scoring}/cancel', { params }));
      renew(mlops);
    } catch (problem) {
      await complain(mlops, trans.__('The scoring was not cancelled'), problem);
    }
  };
  return (
    <li className="jp-MlopsMove" data-scoring={id} data-state={state}>
      <div className="jp-MlopsMove-line">
        <span className={`jp-MlopsMark jp-mod-${state}`}>
          <span aria-hidden="true" className="jp-MlopsMark-sign">
            {SIGNS[state]}
          </span>{' '}
          {scoringText(scoring, trans)}
        </span>
        <b>{`v${version}`}</b>
        <span>
          {input} →{' '}
          {state === 'succeeded' && output !== null ? (
            <CommandLink command="docmanager:open" args={{ path: output }}>
              {output}
            </CommandLink>
          ) : (
            output
          )}
        </span>
        <span className="jp-MlopsHint">
          <time title={full(scoring.asked_at)}>{since(scoring.asked_at, now)}</time>
        </span>
        {isGoingOn(scoring) ? (
          <button
            type="button"
            className="jp-MlopsButton"
            disabled={is_cancelling}
            onClick={() => void cancel()}
          >
            {is_cancelling ? trans.__('Cancelling…') : trans.__('Cancel')}
          </button>
        ) : null}
      </div>
      {state === 'running' ? <Progress scoring={scoring} /> : null}
      {state === 'succeeded' ? (
        <div className="jp-MlopsMove-reason">
          {trans.__('with %1', columns.join(', '))}
          {resumed > 0
            ? ` · ${trans._n('%1 row was there from before', '%1 rows were there from before', resumed, count(resumed))}`
            : ''}
        </div>
      ) : null}
      {state === 'cancelled' && scoring.done > 0 ? (
        <div className="jp-MlopsMove-reason">
          {trans.__('What was predicted is kept: the same file scored again goes on from there.')}
        </div>
      ) : null}
      {error === null ? null : (
        <div className="jp-MlopsMove-reason jp-MlopsBad">
          <Ticked text={error.hint === '' ? error.message : `${error.message}: ${error.hint}`} />
        </div>
      )}
    </li>
  );
}

export function ScoringList(props: { name: string; isSeen: boolean }): React.JSX.Element | null {
  const { client, trans } = useMlops();
  const { name, isSeen } = props;
  const now = useNow(30_000);
  const asked = useQuery({
    queryKey: keys.scorings(name),
    queryFn: async () => {
      const params = { path: { model: name } };
      return (await client.answer(client.http.GET('/mlops/api/v1/models/{model}/scorings', { params })))
        .scorings;
    },
    enabled: isSeen,
    staleTime: LOOK_MS / 2,
    refetchOnWindowFocus: true,
    // Others may start one; what goes on is followed closely.
    refetchInterval: ({ state: { data } }) =>
      isSeen ? (data?.some(isGoingOn) ? LOOK_MS / 4 : LOOK_MS * 5) : false
  });
  const [isAll, setAll] = useState(false);
  const scorings = asked.data ?? [];
  const shown = scorings.filter((each, index) => isAll || index < ROWS || isGoingOn(each));
  return scorings.length === 0 ? null : (
    <section className="jp-MlopsScorings" aria-label={trans.__('Scored files')}>
      <h3 className="jp-MlopsTitle">{trans.__('Scored files')}</h3>
      <ol className="jp-MlopsMoves">
        {shown.map(each => (
          <Row key={each.id} scoring={each} now={now} />
        ))}
      </ol>
      {scorings.length > shown.length ? (
        <button
          type="button"
          className="jp-MlopsButton jp-MlopsMore"
          onClick={() => {
            setAll(true);
          }}
        >
          {trans._n('one earlier file', '%1 earlier files', scorings.length - shown.length)}
        </button>
      ) : null}
    </section>
  );
}
