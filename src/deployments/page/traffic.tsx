/** Who gets how many of the requests: a slider for a canary, and a version in the shadow. */

import React, { useId, useState } from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { useModel } from '../../models/queries';
import { useMlops } from '../../ui/hooks';
import { TrafficBar } from '../bar';
import { versionsServed } from '../colors';
import { fittest, sharesOf, trafficText } from '../words';

/** The usual steps of a canary. */
const STEPS: readonly number[] = [10, 50, 100];

interface IVersionsProps {
  readonly label: string;
  readonly value: number;
  readonly versions: readonly number[];
  readonly none?: string;
  readonly onValue: (version: number) => void;
}

function VersionChoice(props: IVersionsProps): React.JSX.Element {
  const { label, value, versions, none, onValue } = props;
  return (
    <select
      className="jp-MlopsInput"
      aria-label={label}
      value={value}
      onChange={event => {
        onValue(Number(event.target.value));
      }}
    >
      {none === undefined ? null : <option value={0}>{none}</option>}
      {versions.map(version => (
        <option key={version} value={version}>
          {`v${version}`}
        </option>
      ))}
    </select>
  );
}

export function Traffic(props: { deployment: Form<'DeploymentDetail'>; isSeen: boolean }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { deployment, isSeen } = props;
  const { name, live, canary, percent, shadow } = deployment;
  const model = useModel(deployment.model, isSeen);
  const id = useId();
  // null: nobody moved it, and it shows what is.
  const [chosen, setChosen] = useState<number | null>(null);
  const [wanted, setWanted] = useState<number | null>(null);
  const [shaded, setShaded] = useState<number | null>(null);
  const all = model.data?.versions.map(each => each.version) ?? [];
  const others = [...new Set([...(canary === null ? [] : [canary]), ...all])].filter(each => each !== live);
  const version = chosen ?? canary ?? fittest(deployment, others) ?? 0;
  const share = wanted ?? (version === canary ? percent : 0);
  const isSame = share === (version === canary ? percent : 0);
  const shadowed = shaded ?? shadow ?? 0;
  const shown =
    share === 0
      ? sharesOf({ live, canary: null, percent: 0 })
      : sharesOf({ live, canary: version, percent: share });
  const isStopped = deployment.status === 'stopped';
  const stopped = trans.__('The deployment is stopped: start it first');
  const words = trans.__('v%1 gets %2 %, v%3 %4 %', version, share, live ?? '?', 100 - share);
  return (
    <section className="jp-MlopsTraffic" aria-label={trans.__('Traffic')}>
      <h3 className="jp-MlopsTitle">
        {trans.__('Traffic')} <span className="jp-MlopsHint">{trafficText(deployment, trans)}</span>
      </h3>
      {version === 0 || live === null ? (
        <p className="jp-MlopsHint">
          {live === null
            ? trans.__('No version is live yet.')
            : trans.__('All requests go to v%1: the model has no other version.', live)}
        </p>
      ) : (
        <>
          <div className="jp-MlopsTraffic-line">
            <label htmlFor={`${id}-share`}>{trans.__('Canary')}</label>
            <VersionChoice
              label={trans.__('Version of the canary')}
              value={version}
              versions={others}
              onValue={each => {
                setChosen(each);
                setWanted(null);
              }}
            />
            <span className="jp-MlopsTraffic-slider">
              <input
                id={`${id}-share`}
                type="range"
                min={0}
                max={100}
                step={1}
                list={`${id}-steps`}
                value={share}
                disabled={isStopped}
                aria-valuetext={words}
                onChange={event => {
                  setWanted(Number(event.target.value));
                  // A version that is registered meanwhile takes nothing that was set for another one.
                  setChosen(version);
                }}
              />
              <datalist id={`${id}-steps`}>
                {[0, ...STEPS].map(step => (
                  <option key={step} value={step} />
                ))}
              </datalist>
              <TrafficBar shares={shown} served={versionsServed(deployment)} />
            </span>
            <output htmlFor={`${id}-share`}>{`${share} %`}</output>
            <span className="jp-MlopsTraffic-steps">
              {STEPS.map(step => (
                <button
                  key={step}
                  type="button"
                  className="jp-MlopsButton"
                  aria-pressed={share === step}
                  disabled={isStopped}
                  onClick={() => {
                    setWanted(step);
                    setChosen(version);
                  }}
                >
                  {`${step} %`}
                </button>
              ))}
            </span>
            <button
              type="button"
              className="jp-MlopsButton jp-mod-mlopsMain"
              disabled={isSame || isStopped}
              title={isStopped ? stopped : isSame ? trans.__('Choose another share or version first') : ''}
              onClick={() => {
                const args = { name, version, percent: share };
                void app.commands.execute(CommandIds.routeDeployment, args).then(() => {
                  setWanted(null);
                  setChosen(null);
                });
              }}
            >
              {share === 0 && version === canary ? trans.__('End the canary…') : trans.__('Apply…')}
            </button>
          </div>
          <div className="jp-MlopsTraffic-line">
            <span>{trans.__('Shadow')}</span>
            <VersionChoice
              label={trans.__('Version in the shadow')}
              value={shadowed}
              versions={[...new Set([...(shadow === null ? [] : [shadow]), ...others])]}
              none={trans.__('none')}
              onValue={setShaded}
            />
            <span className="jp-MlopsHint jp-MlopsTraffic-note">
              {trans.__('answers too; compared, not returned')}
            </span>
            <button
              type="button"
              className="jp-MlopsButton"
              disabled={shadowed === (shadow ?? 0) || isStopped}
              title={
                isStopped
                  ? stopped
                  : shadowed === (shadow ?? 0)
                    ? trans.__('Choose another version first')
                    : ''
              }
              onClick={() => {
                const args = { name, version: shadowed };
                void app.commands.execute(CommandIds.shadowDeployment, args).then(() => {
                  setShaded(null);
                });
              }}
            >
              {trans.__('Apply…')}
            </button>
          </div>
        </>
      )}
    </section>
  );
}
