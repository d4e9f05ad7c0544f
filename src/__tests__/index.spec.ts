import type { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import { ServerConnection } from '@jupyterlab/services';
import { afterEach, describe, expect, it } from 'vitest';

import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { corePlugin } from '../core';
import plugins from '../index';
import { notebookPlugin } from '../notebook/plugin';
import { runsPlugin } from '../runs/plugin';
import { panelPlugin } from '../ui/plugin';

/** As much of a lab as the plugins touch. */
function fakeLab() {
  const added: [Widget, string][] = [];
  const activated: string[] = [];
  const commands = new CommandRegistry();
  const fetch = () => Promise.resolve(new Response('{}', { status: 404 }));
  const app = {
    commands,
    serviceManager: {
      serverSettings: ServerConnection.makeSettings({ fetch }),
      events: { stream: new Signal({}) },
      connectionFailure: new Signal({})
    },
    shell: {
      add: (widget: Widget, area: string) => added.push([widget, area]),
      activateById: (id: string) => activated.push(id)
    }
  } as unknown as JupyterFrontEnd;
  return { app, added, activated, commands };
}

let mlops: IMlops | null = null;

async function core(app: JupyterFrontEnd): Promise<IMlops> {
  mlops = await corePlugin.activate(app, null, null, null);
  return mlops;
}

afterEach(() => {
  mlops?.live.dispose();
});

describe('the plugins', () => {
  it('have names of their own below the name of the package', () => {
    const ids = (plugins as JupyterFrontEndPlugin<unknown>[]).map(plugin => plugin.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter(id => !id.startsWith('jupyter-mlops:'))).toEqual([]);
    expect(plugins.every(plugin => plugin.description)).toBe(true);
  });

  it('add the panel to the left sidebar, commands and palette entries', async () => {
    const lab = fakeLab();
    const inPalette: string[] = [];
    const restored: string[] = [];
    const palette = {
      addItem: (item: { command: string }) => inPalette.push(item.command)
    } as unknown as ICommandPalette;
    const restorer = {
      add: (_: Widget, name: string) => restored.push(name)
    } as unknown as ILayoutRestorer;

    await panelPlugin.activate(lab.app, await core(lab.app), palette, restorer, null, null);

    expect(lab.added.map(([widget, area]) => [widget.id, area])).toEqual([['jupyter-mlops:panel', 'left']]);
    expect(lab.added[0]?.[0].node.getAttribute('aria-label')).toBe('MLOps');
    expect(restored).toEqual(['jupyter-mlops:panel']);
    expect(inPalette).toEqual([
      CommandIds.runNotebook,
      CommandIds.promoteNotebook,
      CommandIds.showPanel,
      CommandIds.openExample
    ]);
    await lab.commands.execute(CommandIds.showPanel);
    expect(lab.activated).toEqual(['jupyter-mlops:panel']);
  });

  it('put what is done to the run in front, and to cells, into the palette under names that say it', async () => {
    const lab = fakeLab();
    const shared = await core(lab.app);
    const offered: [string, Record<string, unknown>][] = [];
    const palette = {
      addItem: ({ command, args = {} }: { command: string; args?: Record<string, unknown> }) =>
        offered.push([command, args])
    } as unknown as ICommandPalette;
    Object.assign(lab.app, { contextMenu: { opened: { connect: () => undefined } } });
    const none = { currentChanged: { connect: () => undefined } };
    const tracker = {
      ...none,
      currentWidget: null,
      forEach: () => undefined,
      widgetAdded: none.currentChanged,
      activeCellChanged: none.currentChanged,
      selectionChanged: none.currentChanged
    };
    await notebookPlugin.activate(lab.app, shared, tracker, null, null, palette);
    await runsPlugin.activate(lab.app, shared, null, null, null, palette);

    const labels = offered
      .filter(([command]) => lab.commands.hasCommand(command))
      .map(([command, args]) => lab.commands.label(command, args as never));
    expect(labels).toEqual([
      'Step of the Cell…',
      'New Step from the Selected Cells…',
      'Rename the Step of the Cell…',
      'Tag Cells as Parameters',
      'Tag Cells as Setup of Every Step',
      'Tag Cells as Metrics',
      'Tag Cells to Be Skipped',
      'Take the Tags off Cells',
      'Compare Run…',
      'Cancel Run…',
      'Retry Run…',
      'Delete Run…'
    ]);
    // No run is in front.
    for (const [command] of offered.slice(-4)) {
      expect(lab.commands.isEnabled(command)).toBe(false);
      expect(lab.commands.isEnabled(command, { id: 'a'.repeat(32), ids: [] })).toBe(true);
    }
  });

  it('start in a lab without palette, restorer, launcher, menu and status bar', async () => {
    const lab = fakeLab();
    const shared = await core(lab.app);
    for (const plugin of [...plugins]) {
      if (plugin.id !== corePlugin.id && plugin.id.split(':')[1] !== 'notebook') {
        await (plugin as JupyterFrontEndPlugin<unknown>).activate(lab.app, shared, null, null, null, null);
      }
    }
    expect(lab.added).toHaveLength(1);
  });
});
