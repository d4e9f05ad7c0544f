/** The models that the steps of a run logged: on the page of the run, each with one click to register it. */

import { useQuery } from '@tanstack/react-query';
import React, { useState } from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { useMlops } from '../ui/hooks';
import { Failed } from '../ui/states';
import { CommandLink } from './page/facts';
import { askLogged, keys } from './queries';
import { register } from './register';
import { isModelName, nameFor } from './words';

function LoggedRow(props: { run: Form<'RunDetail'>; logged: Form<'LoggedModel'> }): React.JSX.Element {
  const mlops = useMlops();
  const { trans } = mlops;
  const { run, logged } = props;
  const [name, setName] = useState(() => nameFor(logged, run.name));
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const send = (): void => {
    setBusy(true);
    setError(null);
    register(mlops, run.id, logged, name)
      .catch((caught: unknown) => {
        setError(caught instanceof Error ? caught : new Error(String(caught)));
      })
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <li className="jp-MlopsLogged" data-logged={logged.id}>
      <span aria-hidden="true" className="jp-MlopsModel-sign">
        ◆
      </span>
      <span className="jp-MlopsLogged-name" title={logged.uri}>
        <b>{logged.name}</b>{' '}
        <span className="jp-MlopsHint">
          {[trans.__('step %1', logged.step), logged.flavors.join(', ')].filter(Boolean).join(' · ')}
        </span>
      </span>
      {logged.registered.length === 0 ? (
        <form
          className="jp-MlopsLogged-form"
          onSubmit={event => {
            event.preventDefault();
            send();
          }}
        >
          <input
            className="jp-MlopsInput"
            aria-label={trans.__('Name to register %1 under', logged.name)}
            aria-invalid={!isModelName(name)}
            value={name}
            onChange={event => {
              setName(event.target.value);
            }}
          />
          <button type="submit" className="jp-MlopsButton" disabled={isBusy || !isModelName(name)}>
            {trans.__('Register')}
          </button>
        </form>
      ) : (
        <span>
          {logged.registered.map(({ model, version }, index) => (
            <React.Fragment key={`${model}/${version}`}>
              {index === 0 ? '' : ', '}
              <CommandLink
                command={CommandIds.openModel}
                args={{ model, version }}
                title={trans.__('Open the model')}
              >
                {`${model} v${version}`}
              </CommandLink>
            </React.Fragment>
          ))}
        </span>
      )}
      {error === null ? null : <Failed error={error} />}
    </li>
  );
}

/** Nothing for a run without models. */
export function LoggedModels(props: { run: Form<'RunDetail'> }): React.JSX.Element | null {
  const { client, trans } = useMlops();
  const { run } = props;
  const asked = useQuery({
    queryKey: keys.logged(run.id),
    queryFn: () => askLogged(client, run.id),
    enabled: run.mlflow_run_id !== null
  });
  const models = asked.data ?? [];
  if (asked.error && asked.data === undefined) {
    return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  }
  return models.length === 0 ? null : (
    <section className="jp-MlopsLoggedModels" aria-label={trans.__('Models of the run')}>
      <h3 className="jp-MlopsTitle">{trans.__('Models')}</h3>
      <ul>
        {models.map(logged => (
          <LoggedRow key={logged.id} run={run} logged={logged} />
        ))}
      </ul>
    </section>
  );
}
