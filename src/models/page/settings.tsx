/** The gates of a model as they are written. */

import React from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { useMlops } from '../../ui/hooks';

export function GateSettings(props: { model: Form<'ModelDetail'> }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { name, gates } = props.model;
  const sources: Readonly<Record<typeof gates.source, string>> = {
    model: trans.__('of this model'),
    notebook: trans.__('of its notebook'),
    none: ''
  };
  return (
    <section className="jp-MlopsGateSettings" aria-label={trans.__('Gates of the model')}>
      <h3 className="jp-MlopsTitle">
        {trans.__('Gates')} <span className="jp-MlopsHint">{sources[gates.source]}</span>
        <button
          type="button"
          className="jp-MlopsButton"
          onClick={() => void app.commands.execute(CommandIds.editGates, { model: name })}
        >
          {trans.__('Edit…')}
        </button>
      </h3>
      {gates.source === 'none' ? (
        <p className="jp-MlopsHint">
          {trans.__('No gates: every version may be promoted. Gates say what must hold before.')}
        </p>
      ) : (
        <pre className="jp-MlopsCode" tabIndex={0} aria-label={trans.__('The gates as YAML')}>
          {gates.yaml}
        </pre>
      )}
    </section>
  );
}
