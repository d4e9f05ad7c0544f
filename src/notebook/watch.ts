/** Tells what changes in a notebook's document: its cells, their tags, their text. Outputs are nobody's business here. */

import type { CellChange, ISharedCell, ISharedNotebook, NotebookChange } from '@jupyter/ydoc';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

/** What changed: the list of cells, the tags of a cell, the text of a cell. */
export type Change = 'cells' | 'tags' | 'text';

/** Follows the shared document of one notebook until it is disposed. */
export class Watch implements IDisposable {
  constructor(private readonly _notebook: ISharedNotebook) {
    _notebook.changed.connect(this._onNotebook, this);
    this._follow();
  }

  get changed(): ISignal<this, Change> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._notebook.changed.disconnect(this._onNotebook, this);
    for (const cell of this._cells) {
      cell.changed.disconnect(this._onCell, this);
    }
    this._cells.clear();
    Signal.clearData(this);
  }

  private _onNotebook(_: unknown, change: NotebookChange): void {
    if (change.cellsChange) {
      this._follow();
      this._changed.emit('cells');
    }
  }

  private _onCell(_: unknown, change: CellChange): void {
    if (change.metadataChange?.has('tags')) {
      this._changed.emit('tags');
    }
    if (change.sourceChange) {
      this._changed.emit('text');
    }
  }

  private _follow(): void {
    const present = new Set(this._notebook.cells);
    for (const cell of this._cells) {
      if (!present.has(cell)) {
        cell.changed.disconnect(this._onCell, this);
        this._cells.delete(cell);
      }
    }
    for (const cell of present) {
      if (!this._cells.has(cell)) {
        cell.changed.connect(this._onCell, this);
        this._cells.add(cell);
      }
    }
  }

  private readonly _changed = new Signal<this, Change>(this);
  private readonly _cells = new Set<ISharedCell>();
  private _isDisposed = false;
}
