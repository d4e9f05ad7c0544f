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
    const input = cell?.inputArea?.node ?? null;
    if (cell === this._cell && input === this._input) {
      return;
    }
    this._toolbars.disconnect();
    this._sizes.disconnect();
    this._toolbar = null;
    this._cell?.node.style.removeProperty(SHIFT);
    this._cell = cell;
    this._input = input;
    if (input) {
      // The toolbar comes a moment after the cell is active, and goes when another one is.
      this._toolbars.observe(input, { childList: true });
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
      this._cell?.node.style.setProperty(SHIFT, `${Math.ceil(width)}px`);
    } else {
      this._cell?.node.style.removeProperty(SHIFT);
    }
  }

  private readonly _toolbars: MutationObserver;
  private readonly _sizes: ResizeObserver;
  private _cell: Cell | null = null;
  private _input: Element | null = null;
  private _toolbar: Element | null = null;
  private _isDisposed = false;
}
