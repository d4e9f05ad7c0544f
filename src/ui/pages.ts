/** Pages of one kind in the main area: each thing has one, and they come back after a reload. */

import type { ILabShell, ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

import type { IMlops } from '../context';
import { showBelow } from '../runs/below';
import { mlopsIcon } from './icons';
import { LazyWidget, type Views } from './lazy';

type Page = MainAreaWidget<LazyWidget>;

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
    const id = `${this._prefix}${name}`;
    let page = this._tracker.find(widget => widget.id === id);
    if (page === undefined) {
      const content = new LazyWidget(make, this._mlops.trans);
      content.title.icon = mlopsIcon;
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

  /** Let the pages come back after a reload, by the command that opens them. */
  restore(restorer: ILayoutRestorer | null, command: string, argument: string): void {
    void restorer?.restore(this._tracker, {
      command,
      args: page => ({ [argument]: page.id.slice(this._prefix.length) }),
      name: page => page.id
    });
  }

  private get _prefix(): string {
    return `jupyter-mlops:${this._kind}:`;
  }

  private readonly _tracker: WidgetTracker<Page>;
}
