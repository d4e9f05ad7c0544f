/** Keeps the pill of the active cell out of the way of JupyterLab's cell toolbar, which sits at the same corner. */

import type { Cell } from '@jupyterlab/cells';
import type { IDisposable } from '@lumino/disposable';

/** How far the pill has to go to the left. */
const SHIFT = '--jp-private-mlops-shift';

export class Dodge implements IDisposable {
  constructor() {
    this._toolbars = new MutationObserver(() => {
      this._find();
    });
    this._sizes = new ResizeObserver(() => {
      this._measure();
    });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this.follow(null);
      this._isDisposed = true;
    }
  }

  /** Look after this cell, and no other one. */
  follow(cell: Cell | null): void {
    if (cell === this._cell) {
      return;
    }
    this._toolbars.disconnect();
    this._sizes.disconnect();
    this._toolbar = null;
    pillIn(this._cell)?.style.removeProperty(SHIFT);
    this._cell = cell;
    if (cell) {
      // The toolbar comes a moment after the cell is active, or rendered, and goes when another one is.
      this._toolbars.observe(cell.node, { childList: true, subtree: true });
      this._find();
    }
  }

  private _find(): void {
    const found = this._cell?.node.querySelector('.jp-cell-toolbar') ?? null;
    if (found !== this._toolbar) {
      this._sizes.disconnect();
      this._toolbar = found;
      if (found) {
        this._sizes.observe(found);
      }
    }
    this._measure();
  }

  private _measure(): void {
    const width = this._toolbar?.getBoundingClientRect().width ?? 0;
    if (width > 0) {
      pillIn(this._cell)?.style.setProperty(SHIFT, `${Math.ceil(width)}px`);
    } else {
      pillIn(this._cell)?.style.removeProperty(SHIFT);
    }
  }

  private readonly _toolbars: MutationObserver;
  private readonly _sizes: ResizeObserver;
  private _cell: Cell | null = null;
  private _toolbar: Element | null = null;
  private _isDisposed = false;
}

/** The pill of a cell; the style of the cell itself is JupyterLab's, which resets it while it scrolls. */
function pillIn(cell: Cell | null): HTMLElement | null {
  return cell?.node.querySelector<HTMLElement>('.jp-MlopsCellPill') ?? null;
}
