/** The section Models: every registered model, filtered. */

import React from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { FilteredSection } from '../ui/filtered';
import { useMlops } from '../ui/hooks';
import { entriesOf } from './menu';
import { useModels } from './queries';
import { asideText, CHAMPION, holderOf, isLike, secondText } from './words';

type Model = Form<'Model'>;

function ModelRow(props: { model: Model }): React.JSX.Element {
  const { trans } = useMlops();
  const { model } = props;
  const second = secondText(model, trans);
  const aside = asideText(model);
  const isChampion = holderOf(model.aliases, CHAMPION) !== null;
  return (
    <>
      <span aria-hidden="true" className="jp-MlopsModel-sign">
        ◆
      </span>
      <span className="jp-MlopsRow-name" title={model.name}>
        {model.name}
      </span>
      {aside === '' ? (
        <span />
      ) : (
        <span className={`jp-MlopsAlias${isChampion ? ' jp-mod-champion' : ''}`} title={aside}>
          {aside}
        </span>
      )}
      <span className="jp-MlopsRow-second" title={second}>
        {second}
      </span>
    </>
  );
}

export function ModelsSection(): React.JSX.Element {
  const mlops = useMlops();
  const { app, trans } = mlops;
  return (
    <FilteredSection
      name="models"
      label={trans.__('Models')}
      useItems={useModels}
      isLike={isLike}
      words={{
        filter: trans.__('Filter models by name, alias or deployment'),
        placeholder: trans.__('filter'),
        noneLike: trans.__('No model is like this.'),
        showAll: trans.__('Show all models')
      }}
      empty={
        <>
          {trans.__('No models yet. Log one in a step, for instance by ')}
          <code>mlflow.autolog()</code>
          {trans.__(' above the training; then register it on the page of its run.')}
        </>
      }
      nameOf={model => model.name}
      textOf={model => [model.name, asideText(model), secondText(model, trans)].filter(Boolean).join(', ')}
      onOpen={model => void app.commands.execute(CommandIds.openModel, { model: model.name })}
      entriesOf={model => entriesOf(mlops, model)}
    >
      {model => <ModelRow model={model} />}
    </FilteredSection>
  );
}
