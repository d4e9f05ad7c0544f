import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { describe, expect, it } from 'vitest';

import type { IMlops } from '../../context';
import { modelsPlugin } from '../../models/plugin';
import { deploymentsPlugin } from '../plugin';

describe('the palette', () => {
  it('has every verb of the pages of models and deployments, with and without a page in front', async () => {
    const commands = new CommandRegistry();
    const app = { commands, shell: { currentWidget: null } } as unknown as JupyterFrontEnd;
    const mlops = { app, trans: nullTranslator.load('jupyter_mlops') } as unknown as IMlops;
    const offered: string[] = [];
    const palette = {
      addItem: ({ command }: { command: string }) => offered.push(command)
    } as unknown as ICommandPalette;
    await modelsPlugin.activate(app, mlops, palette, null, null);
    await deploymentsPlugin.activate(app, mlops, palette, null, null);
    expect(offered.map(command => commands.label(command)).sort()).toEqual([
      'Approve Model…',
      'Change Shadow of Deployment…',
      'Change Traffic of Deployment…',
      'Delete Deployment…',
      'Deploy Model…',
      'Gates of Model…',
      'New Token of Deployment…',
      'Open Deployment…',
      'Open Model…',
      'Promote Canary of Deployment…',
      'Promote Model…',
      'Register Model of Run…',
      'Roll Back Deployment…',
      'Roll Back Model…',
      'Score a File with Model…',
      'Settings of Deployment…',
      'Start Deployment…',
      'Stop Deployment…',
      'Try Deployment…'
    ]);
    // They ask which is meant, but for the model of a run, which is found on its page.
    const closed = offered.filter(command => !commands.isEnabled(command));
    expect(closed.map(command => commands.label(command))).toEqual(['Register Model of Run…']);
  });
});
