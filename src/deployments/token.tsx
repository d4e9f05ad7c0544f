/** The dialog that shows a token, once. Nothing of ours keeps it. */

import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import React from 'react';

import type { IMlops } from '../context';
import { Copy } from '../ui/copy';
import { MlopsContext } from '../ui/hooks';

export async function showToken(mlops: IMlops, name: string, token: string): Promise<void> {
  const { trans } = mlops;
  const body = ReactWidget.create(
    <MlopsContext.Provider value={mlops}>
      <div className="jp-MlopsToken">
        <p>
          {trans.__(
            'Who has it may ask this deployment. It is shown this once and kept nowhere: copy it now to where secrets belong.'
          )}
        </p>
        <div className="jp-MlopsToken-line">
          <code tabIndex={0} aria-label={trans.__('The token')}>
            {token}
          </code>
          <Copy text={token} what={trans.__('the token')} word={trans.__('Copy')} />
        </div>
      </div>
    </MlopsContext.Provider>
  );
  await showDialog({
    title: trans.__('The token of "%1"', name),
    body,
    buttons: [Dialog.okButton({ label: trans.__('I have copied it') })]
  });
}
