/** The panel in the left sidebar. It says what works today and nothing more. */

import { nullTranslator, type ITranslator, type TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useEffect, useState } from 'react';

import type { IStatus } from '../api/status';
import { mlopsIcon } from './icons';

/** Asks the server extension; null means that it does not answer. */
export type StatusSource = () => Promise<IStatus | null>;

function ServerLine(props: { askStatus: StatusSource; trans: TranslationBundle }): React.JSX.Element | null {
  const { askStatus, trans } = props;
  const [status, setStatus] = useState<IStatus | null | 'asking'>('asking');
  useEffect(() => {
    let isMounted = true;
    void askStatus().then(answer => {
      if (isMounted) {
        setStatus(answer);
      }
    });
    return () => {
      isMounted = false;
    };
  }, [askStatus]);
  if (status === 'asking') {
    return null;
  }
  if (status === null) {
    return (
      <p className="jp-MlopsPanel-status" role="alert">
        {trans.__('The server extension does not answer. Run ')}
        <code>jupyter server extension enable jupyter_mlops</code>
        {trans.__(' and restart JupyterLab.')}
      </p>
    );
  }
  return <p className="jp-MlopsPanel-status">{trans.__('jupyter-mlops %1', status.package)}</p>;
}

function PanelContent(props: { askStatus: StatusSource; trans: TranslationBundle }): React.JSX.Element {
  const { trans } = props;
  return (
    <>
      <h2 className="jp-MlopsPanel-title">{trans.__('MLOps')}</h2>
      <div className="jp-MlopsPanel-body">
        <p>
          {trans.__('Tag cells ')}
          <code>step:NAME</code>
          {trans.__(', then run the notebook as a pipeline with ')}
          <code>jupyter mlops run NOTEBOOK</code>
          {trans.__(' or, in a cell, ')}
          <code>%mlops run</code>.
        </p>
        <ServerLine {...props} />
      </div>
    </>
  );
}

/** The sidebar panel as a Lumino widget. */
export class MlopsPanel extends ReactWidget {
  constructor(askStatus: StatusSource, translator: ITranslator = nullTranslator) {
    super();
    this._askStatus = askStatus;
    this._trans = translator.load('jupyter_mlops');
    this.id = 'jupyter-mlops:panel';
    this.addClass('jp-MlopsPanel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this._trans.__('MLOps'));
    this.title.icon = mlopsIcon;
    this.title.caption = this._trans.__('MLOps');
  }

  protected override render(): React.JSX.Element {
    return <PanelContent askStatus={this._askStatus} trans={this._trans} />;
  }

  private readonly _askStatus: StatusSource;
  private readonly _trans: TranslationBundle;
}
