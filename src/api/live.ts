/**
 * Live hints: what changed on the server, as a reason to ask again. No hint is the only copy of a fact, so a
 * reconnect is a hint that everything may have changed.
 */

import type { Event, ServiceManager } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

/** The schema of the events that the server extension emits. */
export const RUN_SCHEMA = 'https://events.jupyter-mlops.org/run/v1';

/** What may have changed: one run, or everything (`run` is null). */
export interface IHint {
  readonly run: string | null;
  readonly change: 'changed' | 'deleted' | 'everything';
}

/** Turns the server's events into hints. */
export class Live implements IDisposable {
  constructor(services: ServiceManager.IManager) {
    services.events.stream.connect(this._onEvent, this);
    services.connectionFailure.connect(this._onLost, this);
  }

  /** Emitted when something may have changed. */
  get changed(): ISignal<this, IHint> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /** Say that everything may have changed, as after a reconnect. */
  refresh(): void {
    this._changed.emit({ run: null, change: 'everything' });
  }

  private _onEvent(_: Event.IManager, event: Event.Emission): void {
    if (event.schema_id === RUN_SCHEMA) {
      const { run_id, change } = event as unknown as { run_id: string; change: 'changed' | 'deleted' };
      this._changed.emit({ run: run_id, change });
    }
  }

  private _onLost(): void {
    this.refresh();
  }

  private readonly _changed = new Signal<this, IHint>(this);
  private _isDisposed = false;
}
