/** Small menus that open at a place, from commands of the lab and from functions. */

import { MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';

/** An entry; null is a line. */
export interface IEntry {
  readonly label: string;
  readonly isEnabled?: boolean;
  readonly run: () => void;
}

/** Open a menu below an element, or where the pointer is. */
export function openMenu(entries: readonly (IEntry | null)[], at: { x: number; y: number }): void {
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  menu.addClass('jp-MlopsMenu');
  entries.forEach((entry, index) => {
    if (entry === null) {
      menu.addItem({ type: 'separator' });
      return;
    }
    const command = `entry-${index}`;
    commands.addCommand(command, {
      label: entry.label,
      isEnabled: () => entry.isEnabled ?? true,
      execute: entry.run
    });
    menu.addItem({ command });
  });
  const opener = document.activeElement;
  menu.aboutToClose.connect(() => {
    if (opener instanceof HTMLElement && opener.isConnected) {
      opener.focus();
    }
    // The entry that was chosen is executed after this signal.
    window.setTimeout(() => {
      menu.dispose();
    }, 1000);
  });
  menu.open(at.x, at.y);
}

/** Where a menu of an event belongs: at the pointer, or below the element when a key asked for it. */
export function placeOf(event: { clientX: number; clientY: number; currentTarget: Element }): {
  x: number;
  y: number;
} {
  if (event.clientX !== 0 || event.clientY !== 0) {
    return { x: event.clientX, y: event.clientY };
  }
  const box = event.currentTarget.getBoundingClientRect();
  return { x: box.left, y: box.bottom };
}
