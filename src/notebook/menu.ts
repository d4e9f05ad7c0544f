/** The small menu of a cell: at the button in its toolbar, at its badge, and as a submenu of the context menu. */

import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Menu } from '@lumino/widgets';

import { CommandIds } from '../commands';
import type { Tagger } from './tagger';

/** Commands that only the menu and the palette name. */
export const MenuIds = {
  /** The line above the entries, which says what they are about; never enabled. */
  heading: 'mlops:cell-heading',
  rename: 'mlops:rename-step'
} as const;

/** The roles in the menu, in their order; empty takes the tags off. */
export const ROLES = ['parameters', 'setup', 'pipeline-metrics', 'skip', ''] as const;

/** The id of the submenu in the context menu, as the schema names it. */
const SUBMENU = 'jp-contextmenu-mlops';

/** Put the entries for the cells that are selected now into a menu. */
export function fillMenu(menu: Menu, tagger: Tagger, commands: CommandRegistry): void {
  const steps = tagger.selection?.parts.steps ?? [];
  menu.clearItems();
  menu.addItem({ command: MenuIds.heading });
  for (const step of steps) {
    menu.addItem({ command: CommandIds.tagStep, args: { step } });
  }
  menu.addItem({ command: CommandIds.tagStep });
  menu.addItem({ type: 'separator' });
  for (const role of ROLES) {
    menu.addItem({ command: CommandIds.tagRole, args: { role } });
  }
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: MenuIds.rename });
  if (commands.hasCommand(CommandIds.stepOptions)) {
    const above = tagger.stepsAbove;
    if (above.length > 0) {
      menu.addItem({ type: 'submenu', submenu: afterMenu(above, commands, tagger.trans) });
    }
    menu.addItem({ command: CommandIds.stepModel });
    menu.addItem({ command: CommandIds.stepOptions });
  }
}

/** The steps that the step of the cell may run after, beyond what data flow says. */
function afterMenu(above: readonly string[], commands: CommandRegistry, trans: TranslationBundle): Menu {
  const menu = new MenuSvg({ commands });
  menu.addClass('jp-MlopsCellMenu');
  menu.title.label = trans.__('Run after');
  for (const step of above) {
    menu.addItem({ command: CommandIds.stepAfter, args: { step } });
  }
  return menu;
}

/** Fill our submenu whenever the context menu opens. */
export function fillOnOpening(menu: Menu, tagger: Tagger, commands: CommandRegistry): void {
  const ours = menu.items.find(item => item.type === 'submenu' && item.submenu?.id === SUBMENU)?.submenu;
  if (ours) {
    ours.addClass('jp-MlopsCellMenu');
    fillMenu(ours, tagger, commands);
  }
}

export class CellMenu {
  constructor(
    private readonly _commands: CommandRegistry,
    private readonly _tagger: Tagger
  ) {
    this._menu = new MenuSvg({ commands: _commands });
    this._menu.addClass('jp-MlopsCellMenu');
    this._menu.aboutToClose.connect(() => {
      // Before the entry that was chosen acts: it may open a dialog, which gives the focus back to where it was.
      focusOf(this._panel)?.focus();
    });
  }

  /** Open the menu for a cell of a notebook, which becomes the active one. */
  openAt(panel: NotebookPanel, cell: Cell): void {
    const { content } = panel;
    if (!content.isSelectedOrActive(cell)) {
      content.deselectAll();
    }
    content.activeCellIndex = content.widgets.indexOf(cell);
    this._panel = panel;
    fillMenu(this._menu, this._tagger, this._commands);
    const { left, bottom } = anchorOf(cell).getBoundingClientRect();
    this._menu.open(left, bottom + 2);
    // Where the arrow keys begin: at what the cell is now.
    const checked = this._menu.items.findIndex(item => item.isToggled);
    if (checked >= 0) {
      this._menu.activeIndex = checked;
    } else {
      this._menu.activateNextItem();
    }
  }

  private readonly _menu: MenuSvg;
  private _panel: NotebookPanel | null = null;
}

/** Where the menu of a cell opens: below the button, the badge, or the prompt. */
function anchorOf(cell: Cell): Element {
  const places = [
    `.jp-cell-toolbar [data-command="${CommandIds.cellMenu}"]`,
    '.jp-MlopsCellPill',
    '.jp-InputPrompt'
  ];
  for (const place of places) {
    const found = cell.node.querySelector(place);
    if (found && found.getClientRects().length > 0) {
      return found;
    }
  }
  return cell.node;
}

/** What had the focus, or would have it, in a notebook: the editor or the cell. */
function focusOf(panel: NotebookPanel | null): { focus(): void } | null {
  if (panel === null || panel.isDisposed) {
    return null;
  }
  const { activeCell, mode } = panel.content;
  return mode === 'edit' ? (activeCell?.editor ?? null) : (activeCell?.node ?? null);
}
