/** A Lumino widget around React content, with all that the content takes for granted. */

import { ReactWidget } from '@jupyterlab/ui-components';
import { QueryClientProvider } from '@tanstack/react-query';
import React from 'react';

import type { IMlops } from '../context';
import { MlopsContext } from './hooks';
import { queriesOf } from './queries';

export class Host extends ReactWidget {
  constructor(
    private readonly _mlops: IMlops,
    private readonly _content: (host: Host) => React.JSX.Element
  ) {
    super();
    this.node.tabIndex = -1;
    this.addClass('jp-MlopsHost');
  }

  protected override onActivateRequest(): void {
    if (!this.node.contains(document.activeElement)) {
      // Of the panel, its first control: on the frame around it, nobody would see where the focus is.
      (this.node.querySelector<HTMLElement>('.jp-MlopsSection-fold') ?? this.node).focus();
    }
  }

  protected override render(): React.JSX.Element {
    return (
      <MlopsContext.Provider value={this._mlops}>
        <QueryClientProvider client={queriesOf(this._mlops)}>{this._content(this)}</QueryClientProvider>
      </MlopsContext.Provider>
    );
  }
}
