/** The section Models: every registered model, filtered. */

import React, { useState } from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { useMlops } from '../ui/hooks';
import { Listbox } from '../ui/listbox';
import { MANY, Section } from '../ui/section';
import { useSeen } from '../ui/seen';
import { Empty, Failed, Loading } from '../ui/states';
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

function Models(props: {
  typed: string;
  onAll: () => void;
  onCount: (count: number) => void;
}): React.JSX.Element {
  const mlops = useMlops();
  const { app, trans } = mlops;
  const { typed, onAll, onCount } = props;
  const [ref, isSeen] = useSeen();
  const asked = useModels(isSeen);
  const models = asked.data ?? [];
  const shown = models.filter(model => isLike(model, typed));
  React.useEffect(() => {
    onCount(models.length);
  }, [models.length, onCount]);
  return (
    <div ref={ref} className="jp-MlopsList">
      {asked.error && asked.data === undefined ? (
        <Failed error={asked.error} retry={() => void asked.refetch()} />
      ) : null}
      {asked.isPending ? <Loading /> : null}
      {asked.data && models.length === 0 ? (
        <Empty>
          {trans.__('No models yet. Log one in a step, with ')}
          <code>mlflow.sklearn.log_model(…)</code>
          {trans.__(' or autolog; then register it on the page of its run.')}
        </Empty>
      ) : null}
      {models.length > 0 && shown.length === 0 ? (
        <Empty>
          <p>{trans.__('No model is like this.')}</p>
          <button type="button" className="jp-MlopsButton" onClick={onAll}>
            {trans.__('Show all models')}
          </button>
        </Empty>
      ) : null}
      {shown.length === 0 ? null : (
        <Listbox
          label={trans.__('Models')}
          items={shown}
          nameOf={model => model.name}
          textOf={model =>
            [model.name, asideText(model), secondText(model, trans)].filter(Boolean).join(', ')
          }
          onOpen={model => void app.commands.execute(CommandIds.openModel, { model: model.name })}
          entriesOf={model => entriesOf(mlops, model)}
        >
          {model => <ModelRow model={model} />}
        </Listbox>
      )}
    </div>
  );
}

export function ModelsSection(): React.JSX.Element {
  const { trans } = useMlops();
  const [typed, setTyped] = useState('');
  const [count, setCount] = useState(0);
  return (
    <Section
      name="models"
      title={trans.__('Models')}
      aside={
        count < MANY && typed === '' ? (
          count === 0 ? null : (
            <span>{count}</span>
          )
        ) : (
          <span className="jp-MlopsFilter">
            <input
              type="search"
              className="jp-MlopsInput"
              placeholder={trans.__('filter')}
              aria-label={trans.__('Filter models by name, alias or deployment')}
              value={typed}
              maxLength={200}
              onChange={event => {
                setTyped(event.target.value);
              }}
            />
          </span>
        )
      }
    >
      <Models
        typed={typed.trim()}
        onCount={setCount}
        onAll={() => {
          setTyped('');
        }}
      />
    </Section>
  );
}
