/** The item in the status bar: how many runs there are at work. A click shows the panel. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { Widget } from '@lumino/widgets';

import { CommandIds } from '../commands';
import { IMlops } from '../context';
import { mlopsIcon } from '../ui/icons';

/** Shows the number of running and queued runs; nothing when there is none. */
export class ActivityItem extends Widget {
  constructor(private readonly _mlops: IMlops) {
    super({ node: document.createElement('button') });
    this.addClass('jp-MlopsActivity');
    this.node.setAttribute('type', 'button');
    this.node.addEventListener('click', () => void _mlops.app.commands.execute(CommandIds.showPanel));
    _mlops.live.stateChanged.connect(this._draw, this);
    this._draw();
  }

  /** Whether there is anything to say. */
  get isActive(): boolean {
    const { reach, activity } = this._mlops.live;
    return reach !== 'missing' && activity !== null && activity.running + activity.queued > 0;
  }

  private _draw(): void {
    const { live, trans } = this._mlops;
    const running = live.activity?.running ?? 0;
    const queued = live.activity?.queued ?? 0;
    const parts = [
      running === 0 ? '' : trans._n('%1 run is running', '%1 runs are running', running),
      queued === 0 ? '' : trans._n('%1 run is waiting', '%1 runs are waiting', queued)
    ];
    const words = parts.filter(part => part !== '').join(', ');
    this.title.caption = words;
    this.node.title = words;
    const count = document.createElement('span');
    count.textContent = queued === 0 ? String(running) : `${running} + ${queued}`;
    count.setAttribute('aria-hidden', 'true');
    const text = document.createElement('span');
    text.className = 'jp-MlopsHidden';
    text.textContent = words;
    this.node.replaceChildren(
      mlopsIcon.element({ tag: 'span', className: 'jp-MlopsActivity-icon' }),
      count,
      text
    );
  }
}

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:status',
  description: 'The number of running runs in the status bar.',
  autoStart: true,
  requires: [IMlops],
  optional: [IStatusBar],
  activate: (_: JupyterFrontEnd, mlops: IMlops, statusBar: IStatusBar | null): void => {
    const item = new ActivityItem(mlops);
    statusBar?.registerStatusItem('jupyter-mlops:activity', {
      item,
      isActive: () => item.isActive,
      activeStateChanged: mlops.live.stateChanged,
      align: 'left',
      rank: 900
    });
  }
};
