/** The section Deployments: what is served, by name. */

import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { FilteredSection } from '../ui/filtered';
import { useMlops } from '../ui/hooks';
import { TrafficBar } from './bar';
import { versionsServed } from './colors';
import { entriesOf } from './menu';
import { useDeployments } from './queries';
import { colorOfState, StateMark, stateText } from './state';
import { isLike, rateText, refOf, secondPieces, secondText, sharesOf } from './words';

type Deployment = Form<'Deployment'>;

const CLASSES = { wide: 'jp-MlopsRow-wide', bad: 'jp-MlopsBad' } as const;

/** What is served, as the command line writes it. */
function servedBy({ model, alias, live }: Deployment): string {
  return refOf(model, alias, live);
}

/** At the right: how many requests come; what is to be served while nobody can tell. */
function asideOf(deployment: Deployment, trans: TranslationBundle): string {
  const { load } = deployment;
  return load === null ? servedBy(deployment) : rateText(load.per_s, trans);
}

function DeploymentRow(props: { deployment: Deployment }): React.JSX.Element {
  const { trans } = useMlops();
  const { deployment } = props;
  const { name, status, rejected } = deployment;
  const second = secondText(deployment, trans);
  const aside = asideOf(deployment, trans);
  const shares = sharesOf(deployment);
  return (
    <>
      <StateMark state={status} />
      <span className="jp-MlopsRow-name" title={`${name} · ${servedBy(deployment)}`}>
        {name}
      </span>
      <span className="jp-MlopsRow-aside jp-MlopsDeployment-ref" title={aside}>
        {aside}
      </span>
      <span
        className={`jp-MlopsRow-second ${colorOfState(status)}`}
        title={rejected === null ? second : `${second}\n${rejected.message}`}
      >
        {secondPieces(deployment, trans).map((pieces, index) => (
          <React.Fragment key={index}>
            {index === 0 ? '' : ' · '}
            {pieces.map(({ text, kind }) => (
              <span key={text} className={kind === undefined ? undefined : CLASSES[kind]}>
                {text}
              </span>
            ))}
          </React.Fragment>
        ))}
      </span>
      {shares.length > 1 ? <TrafficBar shares={shares} served={versionsServed(deployment)} /> : null}
    </>
  );
}

export function DeploymentsSection(): React.JSX.Element {
  const mlops = useMlops();
  const { app, trans } = mlops;
  return (
    <FilteredSection
      name="deployments"
      label={trans.__('Deployments')}
      useItems={useDeployments}
      isLike={isLike}
      words={{
        filter: trans.__('Filter deployments by name, model or state'),
        placeholder: trans.__('filter'),
        noneLike: trans.__('No deployment is like this.'),
        showAll: trans.__('Show all deployments')
      }}
      empty={
        <>
          <p>{trans.__('No deployments yet. Deploy a model: seconds later it answers requests.')}</p>
          <button
            type="button"
            className="jp-MlopsButton"
            onClick={() => void app.commands.execute(CommandIds.deployModel)}
          >
            {trans.__('Deploy a model…')}
          </button>
        </>
      }
      nameOf={deployment => deployment.name}
      textOf={deployment =>
        [
          deployment.name,
          stateText(deployment.status, trans),
          servedBy(deployment),
          deployment.load === null ? '' : rateText(deployment.load.per_s, trans),
          secondText(deployment, trans)
        ]
          .filter(part => part !== '')
          .join(', ')
      }
      onOpen={({ name }) => void app.commands.execute(CommandIds.openDeployment, { name })}
      onDelete={({ name }) => void app.commands.execute(CommandIds.deleteDeployment, { name })}
      entriesOf={deployment => entriesOf(mlops, deployment)}
    >
      {deployment => <DeploymentRow deployment={deployment} />}
    </FilteredSection>
  );
}
