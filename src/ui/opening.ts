/** Opening the example: a small notebook that is written where the user is, unless it is there already. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';

/** The name that the example gets. */
export const EXAMPLE_NAME = 'mlops-example.ipynb';

/** Write the example into a folder, unless it is there already, and open it. */
export async function openExample(app: JupyterFrontEnd, folder: string): Promise<void> {
  const { contents } = app.serviceManager;
  const path = PathExt.join(folder, EXAMPLE_NAME);
  // Asked of the folder: a file that is missing would be an error in the browser's console.
  const found = await contents.get(folder);
  const isThere = (found.content as { name: string }[]).some(({ name }) => name === EXAMPLE_NAME);
  if (!isThere) {
    const { exampleNotebook } = await import(/* webpackChunkName: "example" */ './example');
    await contents.save(path, { type: 'notebook', format: 'json', content: exampleNotebook() });
  }
  await app.commands.execute('docmanager:open', { path, factory: 'Notebook' });
}
