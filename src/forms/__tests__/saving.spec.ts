import type { INotebookTracker } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import { describe, expect, it, vi } from 'vitest';

import { CommandIds } from '../../commands';
import { formsPlugin } from '../plugin';
import { labOf } from './server';

/** The commands of the forms, on a changed notebook that is saved so. */
async function commandsOn(save: () => Promise<void>) {
  const { mlops, asked } = labOf(() => ({ status: 500, body: {} }));
  const commands = new CommandRegistry();
  const contents = { localPath: (path: string) => path, driveName: () => '' };
  Object.assign(mlops.app, { commands, serviceManager: { contents } });
  const model = { dirty: true, readOnly: false };
  const context = { path: 'a.ipynb', ready: Promise.resolve(), model, save };
  const tracker = { currentWidget: { context } } as unknown as INotebookTracker;
  await formsPlugin.activate(mlops.app, mlops, tracker, null);
  return { commands, asked };
}

describe.each([CommandIds.runNotebook, CommandIds.promoteNotebook])('%s', command => {
  it('says nothing more to a user who does not want the file to be written', async () => {
    const error = Object.assign(new Error('Cancel'), { name: 'ModalCancelError' });
    const { commands, asked } = await commandsOn(() => Promise.reject(error));
    await commands.execute(command);
    expect(document.querySelector('.jp-Dialog')).toBeNull();
    expect(asked).toEqual([]);
  });

  it('says why the notebook could not be saved', async () => {
    const { commands, asked } = await commandsOn(() => Promise.reject(new Error('the disk is full')));
    const over = commands.execute(command);
    await vi.waitFor(() => {
      expect(document.querySelector('.jp-Dialog')?.textContent).toContain('the disk is full');
    });
    document.querySelector<HTMLButtonElement>('.jp-Dialog-footer button')?.click();
    await over;
    expect(asked).toEqual([]);
  });
});
