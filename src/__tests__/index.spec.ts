import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';
import { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';
import { describe, expect, it } from 'vitest';

import plugins from '../index';

/** As much of a lab as the plugin touches. */
function fakeLab() {
  const added: [Widget, string][] = [];
  const activated: string[] = [];
  const commands = new CommandRegistry();
  const app = {
    commands,
    serviceManager: { serverSettings: ServerConnection.makeSettings() },
    shell: {
      add: (widget: Widget, area: string) => added.push([widget, area]),
      activateById: (id: string) => activated.push(id)
    }
  } as unknown as JupyterFrontEnd;
  return { app, added, activated, commands };
}

describe('the panel plugin', () => {
  const plugin = plugins[0];

  it('adds the panel to the left sidebar, a command and a palette entry', async () => {
    const lab = fakeLab();
    const inPalette: string[] = [];
    const restored: string[] = [];
    const palette = {
      addItem: (item: { command: string }) => inPalette.push(item.command)
    } as unknown as ICommandPalette;
    const restorer = {
      add: (_: Widget, name: string) => restored.push(name)
    } as unknown as ILayoutRestorer;

    await plugin?.activate(lab.app, palette, restorer, null);

    expect(lab.added.map(([widget, area]) => [widget.id, area])).toEqual([['jupyter-mlops:panel', 'left']]);
    expect(restored).toEqual(['jupyter-mlops:panel']);
    expect(inPalette).toEqual(['mlops:show-panel']);
    await lab.commands.execute('mlops:show-panel');
    expect(lab.activated).toEqual(['jupyter-mlops:panel']);
  });

  it('starts in a lab without palette, restorer and translator', async () => {
    const lab = fakeLab();
    await plugin?.activate(lab.app, null, null, null);
    expect(lab.added).toHaveLength(1);
  });
});
