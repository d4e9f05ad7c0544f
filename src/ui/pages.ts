/** Pages of one kind in the main area: each thing has one, and they come back after a reload. */

import type { ILabShell, ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

import type { IMlops } from '../context';
import { showBelow } from '../runs/below';
import { deploymentIcon, mlopsIcon, modelIcon } from './icons';
import { LazyWidget, type Views } from './lazy';

type Page = MainAreaWidget<LazyWidget>;

/** What the ids of the pages of a kind begin with. */
function prefixOf(kind: string): string {
  return `jupyter-mlops:${kind}:`;
}

/** The name of the thing of a kind whose page is in front; null when none is. */
export function inFront(shell: JupyterFrontEnd.IShell, kind: string): string | null {
  const id = shell.currentWidget?.id ?? '';
  return id.startsWith(prefixOf(kind)) ? id.slice(prefixOf(kind).length) : null;
}

/** The icons of pages until their content has its own. */
const ICONS: Readonly<Record<string, LabIcon>> = { model: modelIcon, deployment: deploymentIcon };

export class Pages {
  /** @param kind - of the pages, such as `model`; a page's id is made of it and the name of the thing. */
  constructor(
    private readonly _mlops: IMlops,
    private readonly _shells: { shell: JupyterFrontEnd.IShell; labShell: ILabShell | null },
    private readonly _kind: string
  ) {
    this._tracker = new WidgetTracker<Page>({ namespace: `jupyter-mlops-${_kind}` });
  }

  /** Show the page of a thing; `make` makes its content when it is new. */
  open(name: string, title: string, make: (views: Views) => Widget): LazyWidget {
    const { shell, labShell } = this._shells;
    const id = `${prefixOf(this._kind)}${name}`;
    let page = this._tracker.find(widget => widget.id === id);
    if (page === undefined) {
      const content = new LazyWidget(make, this._mlops.trans);
      content.title.icon = ICONS[this._kind] ?? mlopsIcon;
      content.title.closable = true;
      content.title.label = title;
      page = new MainAreaWidget({ content });
      page.id = id;
      page.addClass('jp-MlopsPage');
      page.toolbar.hide();
      void this._tracker.add(page);
      labShell?.add(page, 'main');
    }
    if (labShell === null) {
      showBelow(shell, page);
    } else {
      labShell.activateById(page.id);
    }
    return page.content;
  }

  /** Whether the page of a thing is there and in sight. */
  isVisible(name: string): boolean {
    return this._tracker.find(page => page.id === `${prefixOf(this._kind)}${name}`)?.isVisible ?? false;
  }

  /** Let the pages come back after a reload, by the command that opens them; `args` makes its arguments of a name. */
  restore(
    restorer: ILayoutRestorer | null,
    command: string,
    args: (name: string) => ReadonlyJSONObject
  ): void {
    void restorer?.restore(this._tracker, {
      command,
      args: page => args(page.id.slice(prefixOf(this._kind).length)),
      name: page => page.id
    });
  }

  private readonly _tracker: WidgetTracker<Page>;
}
