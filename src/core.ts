/** The plugin that the others stand on: one client, one source of live hints, the words of the user's language. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Client } from './api/client';
import { Live } from './api/live';
import { IMlops } from './context';

export const corePlugin: JupyterFrontEndPlugin<IMlops> = {
  id: 'jupyter-mlops:core',
  description:
    'What the plugins of jupyter-mlops share: the client of the server extension and its live hints.',
  autoStart: true,
  provides: IMlops,
  optional: [ITranslator, IStateDB, IRenderMimeRegistry],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    state: IStateDB | null,
    rendermime: IRenderMimeRegistry | null
  ): IMlops => {
    const client = new Client(app.serviceManager.serverSettings);
    const live = new Live(app.serviceManager, () => client.answer(client.http.GET('/mlops/api/v1/activity')));
    const trans = (translator ?? nullTranslator).load('jupyter_mlops');
    return { app, client, live, trans, state, rendermime, inspector: null };
  }
};
