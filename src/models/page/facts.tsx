/** Small facts and where they lead. */

import React from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { useMlops } from '../../ui/hooks';

export function Fact(props: {
  name: string;
  title?: string | undefined;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <span className="jp-MlopsFact" title={props.title}>
      {props.name} <b>{props.children}</b>
    </span>
  );
}

/** A command as a link. */
export function CommandLink(props: {
  command: string;
  args: Record<string, string | number>;
  title?: string;
  children: React.ReactNode;
}): React.JSX.Element {
  const { app } = useMlops();
  return (
    <button
      type="button"
      className="jp-MlopsLink"
      title={props.title}
      onClick={() => void app.commands.execute(props.command, props.args)}
    >
      {props.children}
    </button>
  );
}

/** Names of deployments, each a link. */
export function DeploymentLinks(props: { names: readonly string[] }): React.JSX.Element {
  return (
    <>
      {props.names.map((name, index) => (
        <React.Fragment key={name}>
          {index === 0 ? '' : ', '}
          <CommandLink command={CommandIds.openDeployment} args={{ name }}>
            {name}
          </CommandLink>
        </React.Fragment>
      ))}
    </>
  );
}

/** Where a version came from, in one line: the run and step, or MLflow's own run. */
export function OriginLink(props: { origin: Form<'Origin'> }): React.JSX.Element {
  const { trans } = useMlops();
  const { run, run_name: name, step, mlflow_run: mlflow } = props.origin;
  if (run !== null) {
    return (
      <CommandLink
        command={CommandIds.openRun}
        args={{ id: run, ...(step === null ? {} : { step }) }}
        title={trans.__('Open the run')}
      >
        {name ?? run.slice(0, 8)}
        {step === null ? '' : ` · ${step}`}
      </CommandLink>
    );
  }
  return mlflow === null ? (
    <span className="jp-MlopsHint">–</span>
  ) : (
    <span className="jp-MlopsHint" title={mlflow}>
      {trans.__('MLflow run %1', mlflow.slice(0, 8))}
    </span>
  );
}
