/** The head of a model's page: what it is, and what can be done with it. */

import React, { useState } from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { useMlops } from '../../ui/hooks';
import { AliasChip } from '../alias';
import { useHistory } from '../queries';
import { backTo } from '../rollback';
import { CHAMPION, holderOf, inOrder } from '../words';
import { DeploymentLinks, Fact } from './facts';

/** How much of a description is shown at first. */
const SHORT = 240;

export function Description(props: { text: string }): React.JSX.Element | null {
  const { trans } = useMlops();
  const { text } = props;
  const [isAll, setAll] = useState(false);
  if (text.trim() === '') {
    return null;
  }
  const isLong = text.length > SHORT;
  return (
    <div className="jp-MlopsDescription">
      {isLong && !isAll ? `${text.slice(0, SHORT)}… ` : `${text} `}
      {isLong ? (
        <button
          type="button"
          className="jp-MlopsLink"
          aria-expanded={isAll}
          onClick={() => {
            setAll(!isAll);
          }}
        >
          {isAll ? trans.__('less') : trans.__('more')}
        </button>
      ) : null}
    </div>
  );
}

/** The button that moves the champion back: it names where to, or says why it cannot. */
function RollBack(props: {
  model: Form<'ModelDetail'>;
  champion: number | null;
  isSeen: boolean;
}): React.JSX.Element {
  const { app, trans } = useMlops();
  const { model, champion, isSeen } = props;
  const asked = useHistory(model.name, isSeen);
  const versions = model.versions.map(each => each.version);
  const moves = asked.data?.moves;
  const to = champion === null || moves === undefined ? null : backTo(moves, CHAMPION, champion, versions);
  const why =
    champion === null
      ? trans.__('There is no champion to roll back')
      : to !== null
        ? trans.__('%1 goes from v%2 back to v%3', CHAMPION, champion, to)
        : asked.error !== null
          ? trans.__('The history of the aliases cannot be read: %1', asked.error.message)
          : moves === undefined
            ? trans.__('Reading the history of the aliases…')
            : trans.__(
                '%1 was never another version than v%2: there is nothing to go back to',
                CHAMPION,
                champion
              );
  return (
    <button
      type="button"
      className="jp-MlopsButton"
      disabled={to === null}
      title={why}
      onClick={() => void app.commands.execute(CommandIds.rollbackModel, { model: model.name })}
    >
      <span aria-hidden="true">↶</span>{' '}
      {to === null ? trans.__('Roll back…') : trans.__('Roll back to v%1…', to)}
    </button>
  );
}

export function Head(props: {
  model: Form<'ModelDetail'>;
  selected: number | null;
  isSeen: boolean;
}): React.JSX.Element {
  const { app, trans } = useMlops();
  const { model, selected, isSeen } = props;
  const { name } = model;
  const champion = holderOf(model.aliases, CHAMPION);
  const [first, ...others] = inOrder(model.aliases);
  const version = selected ?? model.versions[0]?.version ?? null;
  const execute = (command: string, args: Record<string, string | number> = {}): void =>
    void app.commands.execute(command, { model: name, ...args });
  return (
    <div className="jp-MlopsHead">
      <div className="jp-MlopsHead-first">
        <h2 title={name}>{name}</h2>
        {first === undefined ? (
          <span className="jp-MlopsPill">{trans.__('no alias yet')}</span>
        ) : (
          <AliasChip alias={first} withVersion />
        )}
        <span className="jp-MlopsHead-buttons">
          {version === null ? null : (
            <button
              type="button"
              className="jp-MlopsButton jp-mod-mlopsMain"
              disabled={version === champion}
              title={version === champion ? trans.__('v%1 is the champion', version) : ''}
              onClick={() => {
                execute(CommandIds.promoteModel, { version });
              }}
            >
              {trans.__('Promote v%1…', version)}
            </button>
          )}
          <RollBack model={model} champion={champion} isSeen={isSeen} />
          <button
            type="button"
            className="jp-MlopsButton"
            disabled={version === null}
            title={version === null ? trans.__('The model has no version yet') : ''}
            onClick={() => {
              execute(CommandIds.deployModel);
            }}
          >
            {trans.__('Deploy…')}
          </button>
          <button
            type="button"
            className="jp-MlopsButton"
            disabled={version === null}
            title={version === null ? trans.__('The model has no version yet') : ''}
            onClick={() => {
              execute(CommandIds.scoreModel);
            }}
          >
            {trans.__('Score a file…')}
          </button>
        </span>
      </div>
      <div className="jp-MlopsFacts">
        <Fact name={trans.__('versions')}>{model.versions.length}</Fact>
        {others.map(alias => (
          <Fact
            key={alias.alias}
            name={alias.alias}
            title={alias.is_outside ? trans.__('Moved with MLflow’s own means') : undefined}
          >
            {`v${alias.version}`}
            {alias.is_outside ? ` ⇄ ${trans.__('outside')}` : ''}
          </Fact>
        ))}
        {model.deployments.length === 0 ? null : (
          <Fact name={trans.__('served by')}>
            <DeploymentLinks names={model.deployments} />
          </Fact>
        )}
        {Object.entries(model.tags).map(([tag, value]) => (
          <Fact key={`tag-${tag}`} name={tag} title={value}>
            {value}
          </Fact>
        ))}
      </div>
      <Description text={model.description} />
    </div>
  );
}
