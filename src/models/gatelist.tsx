/** What the gates say, one line each, with the evidence below it. */

import React from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { useMlops } from '../ui/hooks';
import { Ticked } from '../ui/ticked';
import { valueText } from './words';

type Gate = Form<'Gate'>;

const SIGNS = { pass: '✓', fail: '✗', na: '–' } as const;
const STATES = { pass: 'succeeded', fail: 'failed', na: 'skipped' } as const;

/** The sign of an outcome with its word. */
function Outcome(props: { status: Gate['status'] }): React.JSX.Element {
  const { trans } = useMlops();
  const { status } = props;
  const words = { pass: trans.__('passed'), fail: trans.__('failed'), na: trans.__('does not apply') };
  return (
    <span className={`jp-MlopsMark jp-mod-${STATES[status]}`} title={words[status]}>
      <span aria-hidden="true" className="jp-MlopsMark-sign">
        {SIGNS[status]}
      </span>
      <span className="jp-MlopsHidden">{words[status]}</span>
    </span>
  );
}

/** The id of a run of ours in the evidence; evidence is plain data that anything may have written. */
function runIn(evidence: Gate['evidence']): string | null {
  const { run } = evidence;
  return typeof run === 'string' && /^[0-9a-f]{32}$/.test(run) ? run : null;
}

function Evidence(props: { gate: Gate }): React.JSX.Element | null {
  const { app, trans } = useMlops();
  const { gate } = props;
  const run = runIn(gate.evidence);
  const pairs = [
    [trans.__('value'), valueText(gate.value)],
    [trans.__('threshold'), valueText(gate.threshold)],
    ...Object.entries(gate.evidence)
      .filter(([name]) => run === null || name !== 'run')
      .map(([name, value]) => [name, valueText(value)])
  ].filter(([, text]) => text !== '');
  if (pairs.length === 0 && run === null) {
    return null;
  }
  return (
    <details className="jp-MlopsGate-evidence">
      <summary>{trans.__('evidence')}</summary>
      <dl>
        {pairs.map(([name, text]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </React.Fragment>
        ))}
        {run === null ? null : (
          <>
            <dt>{trans.__('run')}</dt>
            <dd>
              <button
                type="button"
                className="jp-MlopsLink"
                onClick={() => void app.commands.execute(CommandIds.openRun, { id: run })}
              >
                {run.slice(0, 8)}
              </button>
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}

export function GateList(props: { gates: readonly Gate[] }): React.JSX.Element {
  const { trans } = useMlops();
  return (
    <ul className="jp-MlopsGates" aria-label={trans.__('Gates')}>
      {props.gates.map((gate, index) => (
        <li key={index} className={`jp-MlopsGate jp-mod-${gate.status}`} data-gate={gate.rule}>
          <Outcome status={gate.status} />
          <span className="jp-MlopsGate-text">
            <b>{gate.rule}</b> <Ticked text={gate.message} />
          </span>
          <Evidence gate={gate} />
        </li>
      ))}
    </ul>
  );
}
