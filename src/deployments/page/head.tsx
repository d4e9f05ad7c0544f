/** The head of a deployment's page: what it is, whether it is well, what can be done with it. */

import React from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { CommandLink, Fact } from '../../models/page/facts';
import { Copy } from '../../ui/copy';
import { useMlops, useNow } from '../../ui/hooks';
import { Ticked } from '../../ui/ticked';
import { full, since, size } from '../../ui/words';
import { colorOfState, StateMark } from '../state';
import { rollbackOf } from '../words';

function Buttons(props: { deployment: Form<'DeploymentDetail'> }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { name, status, canary } = props.deployment;
  const isStopped = status === 'stopped';
  const back = rollbackOf(props.deployment, trans);
  const buttons: [string, string, string, boolean, string?][] = [
    [CommandIds.rollbackDeployment, canary === null ? '↶' : '■', back.label, back.isEnabled, back.why],
    [CommandIds.updateDeployment, '', trans.__('Settings…'), true],
    [CommandIds.newToken, '', trans.__('New token…'), true],
    isStopped
      ? [CommandIds.startDeployment, '▶', trans.__('Start…'), true]
      : [CommandIds.stopDeployment, '■', trans.__('Stop…'), true],
    [CommandIds.deleteDeployment, '', trans.__('Delete…'), true]
  ];
  return (
    <span className="jp-MlopsHead-buttons">
      {buttons.map(([command, sign, label, isEnabled, why]) => (
        <button
          key={command}
          type="button"
          className="jp-MlopsButton"
          disabled={!isEnabled}
          title={why}
          onClick={() => void app.commands.execute(command, { name })}
        >
          {sign === '' ? null : <span aria-hidden="true">{sign}</span>} {label}
        </button>
      ))}
    </span>
  );
}

export function Head(props: { deployment: Form<'DeploymentDetail'> }): React.JSX.Element {
  const { trans } = useMlops();
  const { deployment } = props;
  const { name, status, model, alias, url, message, hint, limits, log, rejected } = deployment;
  const now = useNow(30_000);
  return (
    <div className="jp-MlopsHead">
      <div className="jp-MlopsHead-first">
        <h2 title={name}>{name}</h2>
        <span className={`jp-MlopsPill ${colorOfState(status)}`}>
          <StateMark state={status} withWord />
        </span>
        <Buttons deployment={deployment} />
      </div>
      <div className="jp-MlopsFacts">
        <Fact name={trans.__('model')}>
          <CommandLink command={CommandIds.openModel} args={{ model }}>
            {model}
          </CommandLink>
        </Fact>
        <Fact name={trans.__('follows')}>{alias ?? trans.__('no alias')}</Fact>
        <Fact name={trans.__('address')} title={url}>
          <code>{url}</code>
          <Copy text={url} what={trans.__('the address')} />
        </Fact>
        <Fact name={trans.__('made')} title={full(deployment.created_at)}>
          {since(deployment.created_at, now)}
          {deployment.author === null ? '' : ` ${trans.__('by %1', deployment.author)}`}
        </Fact>
        <Fact name={trans.__('limits')}>
          {trans.__('%1, %2 s, %3 at a time', size(limits.body_bytes), limits.time_s, limits.concurrency)}
        </Fact>
        <Fact
          name={trans.__('request log')}
          title={log.exclude.length === 0 ? '' : trans.__('without %1', log.exclude.join(', '))}
        >
          {log.sample === 0 ? trans.__('off') : trans.__('%1 %', Math.round(log.sample * 1000) / 10)}
          {log.exclude.length === 0 ? '' : `, ${trans.__('without %1', log.exclude.join(', '))}`}
        </Fact>
      </div>
      {rejected === null || message.includes(rejected.message) ? null : (
        <div className="jp-MlopsLine jp-mod-degraded" role="status" data-rejected={rejected.version}>
          <b>{trans.__('v%1 was rejected.', rejected.version)}</b> <Ticked text={rejected.message} />
          <div className="jp-MlopsHint">
            {deployment.live === null || status === 'stopped'
              ? trans.__('Mend the model and register it again, or serve another version in the settings.')
              : trans.__(
                  'v%1 answers instead. Mend the model and register it again, or give v%2 requests to try it once more.',
                  deployment.live,
                  rejected.version
                )}
          </div>
        </div>
      )}
      {message === '' ? null : (
        <div
          className={`jp-MlopsLine jp-mod-${status}`}
          role={status === 'failed' || status === 'degraded' ? 'alert' : 'status'}
        >
          <div>
            <Ticked text={message} />
          </div>
          {hint === '' ? null : (
            <div className="jp-MlopsHint">
              <Ticked text={hint} />
            </div>
          )}
        </div>
      )}
    </div>
  );
}
