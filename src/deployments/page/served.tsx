/** The versions that are loaded, or were to be: what each gets, how it does. */

import React from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { CommandLink } from '../../models/page/facts';
import { useMlops, useNow } from '../../ui/hooks';
import { Ticked } from '../../ui/ticked';
import { count, full, since } from '../../ui/words';
import { StateMark } from '../state';
import { millis } from '../words';

type Served = Form<'ServedVersion'>;

function Row(props: { model: string; served: Served; hasShadow: boolean; now: number }): React.JSX.Element {
  const { trans } = useMlops();
  const { model, served, hasShadow, now } = props;
  const roles: Readonly<Record<Served['role'], string>> = {
    live: trans.__('live'),
    canary: trans.__('canary'),
    shadow: trans.__('shadow'),
    previous: trans.__('previous'),
    none: ''
  };
  // What is not loaded has counted nothing.
  const isLoaded = served.since !== null;
  const rate = served.requests === 0 ? 0 : (served.errors / served.requests) * 100;
  const process = [
    served.pids.length === 0 ? '' : trans.__('processes %1', served.pids.join(', ')),
    served.sandbox === '' ? '' : trans.__('sandbox %1', served.sandbox),
    served.since === null ? '' : trans.__('since %1', full(served.since))
  ].filter(text => text !== '');
  return (
    <>
      <tr data-version={served.version} data-state={served.state}>
        <td>
          <CommandLink command={CommandIds.openModel} args={{ model, version: served.version }}>
            {`v${served.version}`}
          </CommandLink>{' '}
          <span className="jp-MlopsHint">
            {roles[served.role]}
            {served.role === 'canary' || served.role === 'live' ? ` ${served.percent} %` : ''}
          </span>
        </td>
        <td title={process.join('\n')}>
          <StateMark state={served.state} withWord />
          {served.restarts > 0 ? (
            <span className="jp-MlopsHint">
              {' '}
              {trans._n('one restart', '%1 restarts', served.restarts, served.restarts)}
            </span>
          ) : null}
        </td>
        <td>{isLoaded ? count(served.requests) : '–'}</td>
        <td className={served.errors > 0 ? 'jp-MlopsBad' : ''}>
          {isLoaded ? count(served.errors) : '–'}
          {served.errors > 0 ? ` (${rate.toFixed(rate < 10 ? 1 : 0)} %)` : ''}
        </td>
        <td>{millis(served.p50_ms)}</td>
        <td>{millis(served.p95_ms)}</td>
        <td>{millis(served.p99_ms)}</td>
        {hasShadow ? (
          <td>{served.agreement === null ? '' : `${(served.agreement * 100).toFixed(1)} %`}</td>
        ) : null}
        <td title={served.since === null ? '' : full(served.since)}>
          {served.since === null ? '' : since(served.since, now)}
        </td>
      </tr>
      {served.message === '' ? null : (
        <tr className="jp-MlopsServed-message">
          <td colSpan={9}>
            <Ticked text={served.message} />
          </td>
        </tr>
      )}
    </>
  );
}

export function ServedVersions(props: { deployment: Form<'DeploymentDetail'> }): React.JSX.Element {
  const { trans } = useMlops();
  const { model, versions } = props.deployment;
  const now = useNow(30_000);
  const sinceLoaded = trans.__('Since the version was loaded');
  const hasShadow = versions.some(each => each.agreement !== null);
  return (
    <div className="jp-MlopsScroll">
      <table className="jp-MlopsTable jp-MlopsServed">
        <caption>{trans.__('Versions')}</caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('version')}</th>
            <th scope="col">{trans.__('state')}</th>
            <th scope="col" title={sinceLoaded}>
              {trans.__('requests')}
            </th>
            <th scope="col" title={sinceLoaded}>
              {trans.__('errors')}
            </th>
            {['p50', 'p95', 'p99'].map(name => (
              <th key={name} scope="col" title={trans.__('Of the last five minutes')}>
                {name}
              </th>
            ))}
            {hasShadow ? (
              <th scope="col" title={trans.__('The share of the shadow’s answers that were the same')}>
                {trans.__('same')}
              </th>
            ) : null}
            <th scope="col">{trans.__('since')}</th>
          </tr>
        </thead>
        <tbody>
          {versions.map(served => (
            <Row key={served.version} model={model} served={served} hasShadow={hasShadow} now={now} />
          ))}
          {versions.length === 0 ? (
            <tr>
              <td colSpan={9} className="jp-MlopsHint">
                {trans.__('Nothing is loaded.')}
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}
