/**
 * Live hints: what changed on the server, as a reason to ask again. No hint is the only copy of a fact: a slow
 * heartbeat tells whether the server answers, and whether hints were lost on the way.
 */

import type { Event } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import { ApiError, type Form } from './client';

/** The schema of the events that the server extension emits. */
export const RUN_SCHEMA = 'https://events.jupyter-mlops.org/run/v1';

/** What may have changed: one run, or everything (`run` is null). */
export interface IHint {
  readonly run: string | null;
  readonly change: 'changed' | 'deleted' | 'everything';
  /** The run's name and state, when the server said so. */
  readonly name?: string;
  readonly status?: string;
}

/** Whether the server answers: `missing` is a server without our extension. */
export type Reach = 'asking' | 'answers' | 'unreachable' | 'missing' | 'refused';

/** As much of a service manager as is needed. */
export interface IEventSource {
  readonly events: { readonly stream: ISignal<unknown, Event.Emission> };
  readonly connectionFailure: ISignal<unknown, Error>;
}

interface IRunEvent {
  readonly run_id: string;
  readonly name: string;
  readonly status: string;
  readonly change: 'changed' | 'deleted';
  readonly seq?: number;
}

/** How often the server is asked how it is, in ms. */
const BEATS: Readonly<Record<Reach, number>> = {
  asking: 2_000,
  answers: 10_000,
  unreachable: 2_000,
  missing: 60_000,
  refused: 60_000
};

/** A burst of hints asks for the activity once. */
const PAUSE_MS = 250;

/** Turns the server's events and its heartbeat into hints. */
export class Live implements IDisposable {
  constructor(services: IEventSource, ask: () => Promise<Form<'Activity'>>, beats = BEATS) {
    this._ask = ask;
    this._beats = beats;
    this._services = services;
    services.events.stream.connect(this._onEvent, this);
    services.connectionFailure.connect(this._onLost, this);
    this._poll = new Poll({
      name: 'jupyter-mlops:live',
      factory: () => this._beat(),
      frequency: { interval: beats.asking, backoff: false },
      standby: 'when-hidden'
    });
  }

  /** Emitted when something may have changed. */
  get changed(): ISignal<this, IHint> {
    return this._changed;
  }

  /** Emitted when `reach` or `activity` is another one. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** Whether the server answers. */
  get reach(): Reach {
    return this._reach;
  }

  /** How many runs are queued and running; null before the first answer. */
  get activity(): Form<'Activity'> | null {
    return this._activity;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._pause);
    this._poll.dispose();
    this._services.events.stream.disconnect(this._onEvent, this);
    this._services.connectionFailure.disconnect(this._onLost, this);
    Signal.clearData(this);
  }

  /** Say that everything may have changed, as after a reconnect. */
  refresh(): void {
    this._changed.emit({ run: null, change: 'everything' });
    this.check();
  }

  /** Say that one run is another one, as after a request that changed it: the event may be on its way. */
  touch(run: string, change: 'changed' | 'deleted' = 'changed'): void {
    this._changed.emit({ run, change });
    this.check();
  }

  /** Ask now whether the server answers. */
  check(): void {
    if (!this._isDisposed) {
      void this._poll.refresh();
    }
  }

  private async _beat(): Promise<void> {
    try {
      const activity = await this._ask();
      const wasLost = this._reach === 'unreachable';
      const isMissed = this._isMissed(activity.last_event);
      const isSame =
        this._activity?.queued === activity.queued && this._activity.running === activity.running;
      this._activity = activity;
      this._set('answers', !isSame);
      if (wasLost || isMissed) {
        this._changed.emit({ run: null, change: 'everything' });
      }
    } catch (error) {
      if (this._isDisposed) {
        return;
      }
      const status = error instanceof ApiError ? error.status : 0;
      this._set(status === 404 ? 'missing' : status === 401 || status === 403 ? 'refused' : 'unreachable');
    }
  }

  /** Whether hints were lost: none came of what is new, or not all of what the answer before knew already. */
  private _isMissed(last: number): boolean {
    const before = this._activity?.last_event;
    const isMissed = before !== undefined && (this._seq < before || (last > before && !this._heard));
    if (isMissed || before === undefined || last < before) {
      // Everything is asked again, or was just asked, or the store is another one.
      this._seq = last;
    }
    this._heard = false;
    return isMissed;
  }

  private _set(reach: Reach, isNews = false): void {
    if (this._reach !== reach) {
      this._reach = reach;
      const interval = this._beats[reach];
      this._poll.frequency = { backoff: false, interval, max: interval };
      isNews = true;
    }
    if (isNews) {
      this._stateChanged.emit(undefined);
    }
  }

  private _onEvent(_: unknown, event: Event.Emission): void {
    if (event.schema_id === RUN_SCHEMA) {
      const { run_id, name, status, change, seq } = event as unknown as IRunEvent;
      this._heard = true;
      this._seq = Math.max(this._seq, seq ?? 0);
      this._changed.emit({ run: run_id, change, name, status });
      clearTimeout(this._pause);
      this._pause = window.setTimeout(() => {
        this.check();
      }, PAUSE_MS);
    }
  }

  private _onLost(): void {
    this.check();
  }

  private readonly _ask: () => Promise<Form<'Activity'>>;
  private readonly _beats: Readonly<Record<Reach, number>>;
  private readonly _services: IEventSource;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, IHint>(this);
  private readonly _stateChanged = new Signal<this, void>(this);
  private _reach: Reach = 'asking';
  private _activity: Form<'Activity'> | null = null;
  private _heard = false;
  /** The newest event that was heard of. */
  private _seq = 0;
  private _pause = 0;
  private _isDisposed = false;
}
