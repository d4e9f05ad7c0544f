/** Badges, findings and the menu on cells, and the look of the server at the current notebook. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { IMlops } from '../context';
import { addCommands, addToPalette } from './commands';
import { Inspector } from './inspector';
import { CellMarks } from './marks';
import { CellMenu, fillOnOpening } from './menu';
import { CellSettings } from './settings';
import { Tagger } from './tagger';

/** The id of the plugin, after which its settings are called. */
const ID = 'jupyter-mlops:notebook';

export const notebookPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Steps on the cells of notebooks: badges, findings with quick fixes, a menu for tags.',
  autoStart: true,
  requires: [IMlops, INotebookTracker],
  optional: [IDocumentManager, ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMlops,
    tracker: INotebookTracker,
    documents: IDocumentManager | null,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null
  ): void => {
    const { client, live, trans } = mlops;
    const { commands, contextMenu, serviceManager } = app;
    const settings = new CellSettings();
    const inspector = new Inspector({
      tracker,
      client,
      live,
      settings,
      localPath: path => serviceManager.contents.localPath(path),
      onStale: () => {
        const message = trans.__('The notebook has changed since it was looked at. Nothing was changed now.');
        Notification.warning(message, { autoClose: 5000 });
      }
    });
    mlops.inspector = inspector;
    const tagger = new Tagger(tracker, inspector, trans);
    const menu = new CellMenu(commands, tagger);
    addCommands(app, { mlops, tracker, documents, tagger, menu });
    contextMenu.opened.connect(({ menu: whole }) => {
      fillOnOpening(whole, tagger, commands);
    });

    const openMenu = menu.openAt.bind(menu);
    const mark = (_: unknown, panel: NotebookPanel): void => {
      new CellMarks(panel, { inspector, settings, trans, openMenu });
    };
    tracker.forEach(panel => {
      mark(tracker, panel);
    });
    tracker.widgetAdded.connect(mark);

    if (palette) {
      addToPalette(palette, trans.__('MLOps'));
    }
    registry?.load(ID).then(
      loaded => {
        settings.follow(loaded);
      },
      (error: unknown) => {
        console.warn('jupyter-mlops: the settings of cells cannot be read.', error);
      }
    );
  }
};
