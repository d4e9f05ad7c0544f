/** Who moved the aliases, when, why, and what the gates said; and what each alias was at a moment. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import React, { useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Form } from '../../api/client';
import { useMlops, useNow } from '../../ui/hooks';
import { Empty, Failed, Loading } from '../../ui/states';
import { full, since } from '../../ui/words';
import { Aliases } from '../alias';
import { GateList } from '../gatelist';
import { askHistory, keys, whileSeen } from '../queries';
import { gatesText } from '../words';

type Move = Form<'AliasMove'>;

const ROWS = 30;

/** What happened: `champion v4 → v5`. */
export function moveText(
  move: Pick<Move, 'alias' | 'from_version' | 'to_version'>,
  trans: TranslationBundle
): string {
  const { alias, from_version: from, to_version: to } = move;
  const name = (version: number | null): string => (version === null ? trans.__('none') : `v${version}`);
  return `${alias} ${name(from)} → ${name(to)}`;
}

function MoveRow(props: { move: Move; now: number }): React.JSX.Element {
  const { trans } = useMlops();
  const { move, now } = props;
  const kinds: Readonly<Record<Move['kind'], string>> = {
    promote: trans.__('promoted'),
    rollback: trans.__('↶ rolled back'),
    outside: trans.__('⇄ moved outside')
  };
  const states: Readonly<Record<Move['status'], string>> = {
    intended: trans.__('on its way'),
    done: '',
    undone: trans.__('did not happen')
  };
  return (
    <li className={`jp-MlopsMove jp-mod-${move.status}`} data-move={move.seq}>
      <div className="jp-MlopsMove-line">
        <b>{moveText(move, trans)}</b> <span>{kinds[move.kind]}</span>
        {states[move.status] === '' ? null : <span className="jp-MlopsChip">{states[move.status]}</span>}
        <span className="jp-MlopsHint">
          {move.author ?? ''} <time title={full(move.created_at)}>{since(move.created_at, now)}</time>
        </span>
      </div>
      {move.reason === '' ? null : <div className="jp-MlopsMove-reason">{move.reason}</div>}
      {move.gates.length === 0 ? null : (
        <details className="jp-MlopsGate-evidence">
          <summary>{trans.__('gates: %1', gatesText(move.gates, trans))}</summary>
          <GateList gates={move.gates} />
        </details>
      )}
    </li>
  );
}

export function History(props: { name: string; isSeen: boolean }): React.JSX.Element {
  const { client, trans } = useMlops();
  const { name, isSeen } = props;
  const [day, setDay] = useState('');
  const [shown, setShown] = useState(ROWS);
  const now = useNow(30_000);
  const moment = day === '' ? null : new Date(day);
  const at = moment === null || Number.isNaN(moment.getTime()) ? '' : moment.toISOString();
  const asked = useQuery({
    queryKey: keys.history(name, at),
    queryFn: () => askHistory(client, name, at === '' ? {} : { at }),
    placeholderData: keepPreviousData,
    ...whileSeen(isSeen)
  });
  const moves = asked.data?.moves ?? [];
  return (
    <section className="jp-MlopsHistory" aria-label={trans.__('History')}>
      <h3 className="jp-MlopsTitle">{trans.__('History')}</h3>
      <label className="jp-MlopsHistory-when">
        {trans.__('What the aliases were at')}{' '}
        <input
          type="datetime-local"
          className="jp-MlopsInput"
          value={day}
          onChange={event => {
            setDay(event.target.value);
          }}
        />
      </label>
      {at === '' || asked.data === undefined ? null : (
        <p role="status">
          {asked.data.held.length === 0 ? (
            trans.__('There was no alias at that moment.')
          ) : (
            <Aliases aliases={asked.data.held} withVersion />
          )}
        </p>
      )}
      {asked.error && asked.data === undefined ? (
        <Failed error={asked.error} retry={() => void asked.refetch()} />
      ) : null}
      {asked.isPending ? <Loading /> : null}
      {asked.data && moves.length === 0 ? (
        <Empty>{trans.__('No alias was moved yet. Promote moves one, after its gates.')}</Empty>
      ) : null}
      <ol className="jp-MlopsMoves">
        {moves.slice(0, shown).map(move => (
          <MoveRow key={move.seq} move={move} now={now} />
        ))}
      </ol>
      {moves.length > shown ? (
        <button
          type="button"
          className="jp-MlopsButton jp-MlopsMore"
          onClick={() => {
            setShown(shown + ROWS * 4);
          }}
        >
          {trans._n('%1 earlier move', '%1 earlier moves', moves.length - shown, moves.length - shown)}
        </button>
      ) : null}
    </section>
  );
}
