/** Follows the current notebook and asks the server what it is: unsaved as it is, after a pause in the typing. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { INotebookModel, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { type ISignal, Signal } from '@lumino/signaling';

import { ApiError, type Client, type Form } from '../api/client';
import type { Live } from '../api/live';
import type { IInspector, ILook } from '../context';
import { applyFix } from './edit';
import { selectOf } from './select';
import type { ICellFacts, IInspected } from './parts';
import type { CellSettings } from './settings';
import { type IStepCells, stepCellsOf } from './stepcells';
import { type Change, Watch } from './watch';

/** How long the document must rest, in ms. */
const PAUSE_MS = 300;

/** How long it rests after a change that is no typing. */
const MOMENT_MS = 30;
/** When it asks again for a notebook that takes long to read, and how often. */
const WAIT_MS = 2000;
const MOST_WAITS = 10;

/** The answer to a notebook that takes long is 202, not 413, which the browser would log as an error each time. */
const ASYNC = { Prefer: 'respond-async' };

const NO_NOTEBOOK: ILook = { path: null, inspection: null, error: null, isLooking: false };

/** What the inspector needs of the lab. */
export interface IInspectorOptions {
  readonly tracker: INotebookTracker;
  readonly client: Client;
  readonly live: Live;
  readonly settings: CellSettings;
  /** A path without the drive that it is on. */
  readonly localPath: (path: string) => string;
  /** Called when a fix does not fit the document any more. */
  readonly onStale: () => void;
}

/** The cells of a notebook, as much as is read of them. */
export function factsOf(model: INotebookModel): ICellFacts[] {
  return model.sharedModel.cells.map(cell => ({
    id: cell.getId(),
    isCode: cell.cell_type === 'code',
    tags: cell.getMetadata('tags')
  }));
}

/** As much of a notebook's session as is read. */
export type SessionFacts = Pick<ISessionContext, 'isReady' | 'kernelPreference' | 'session'>;

/**
 * The metadata that the notebook will have when it is saved: JupyterLab writes the kernel into it when the kernel has
 * answered. Until it has, and while JupyterLab asks which kernel it shall be, a new notebook names none.
 */
export function metadataOf(
  metadata: Readonly<Record<string, unknown>>,
  session: SessionFacts | null
): Record<string, unknown> {
  const name =
    session?.session?.kernel?.name ??
    session?.kernelPreference.name ??
    (session === null || session.isReady ? undefined : DEFAULT_KERNEL);
  return metadata.kernelspec !== undefined || name === undefined || name === ''
    ? { ...metadata }
    : { ...metadata, kernelspec: { name, display_name: name } };
}

const DEFAULT_KERNEL = 'python3';

/** The document without what is not read: outputs and attachments may be megabytes. */
export function slimOf(model: INotebookModel, session: SessionFacts | null = null): Record<string, unknown> {
  const { sharedModel } = model;
  return {
    nbformat: sharedModel.nbformat,
    nbformat_minor: sharedModel.nbformat_minor,
    metadata: metadataOf(sharedModel.getMetadata(), session),
    cells: sharedModel.cells.map(cell => ({
      ...(sharedModel.nbformat_minor >= 5 ? { id: cell.getId() } : {}),
      cell_type: cell.cell_type,
      metadata: cell.getMetadata(),
      source: cell.getSource(),
      ...(cell.cell_type === 'code' ? { outputs: [], execution_count: null } : {})
    }))
  };
}

export class Inspector implements IInspector {
  constructor(private readonly _options: IInspectorOptions) {
    const { tracker, live } = _options;
    tracker.currentChanged.connect(this._onCurrent, this);
    live.stateChanged.connect(this._onReach, this);
    this._onCurrent();
  }

  get look(): ILook {
    return this._look;
  }

  get changed(): ISignal<this, void> {
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
    this._options.tracker.currentChanged.disconnect(this._onCurrent, this);
    this._options.live.stateChanged.disconnect(this._onReach, this);
    this._leave();
    Signal.clearData(this);
  }

  /** The last answer for the notebook of a panel; null before the first one. */
  inspectedOf(panel: NotebookPanel): IInspected | null {
    return this._inspected.get(panel.context) ?? null;
  }

  stepOf(panel: NotebookPanel): IStepCells | null {
    const id = panel.content.activeCell?.model.id;
    return id === undefined ? null : stepCellsOf(factsOf(panel.context.model), this.inspectedOf(panel), id);
  }

  refresh(): void {
    this._isMissing = false;
    this._schedule(0);
  }

  apply(fix: Form<'Fix'>): void {
    if (this._panel) {
      this.applyTo(this._panel, fix);
    }
  }

  /** Apply a quick fix to the notebook of a panel; can be undone. */
  applyTo(panel: NotebookPanel, fix: Form<'Fix'>): void {
    const inspected = this.inspectedOf(panel);
    const ids = inspected?.cells.map(cell => cell.id) ?? [];
    const { model } = panel.context;
    if (model.readOnly || !applyFix(model.sharedModel, fix, ids)) {
      this._options.onStale();
    } else {
      void selectOf(panel.content, fix, ids);
    }
    this._schedule(0);
  }

  private _onCurrent(): void {
    const panel = this._options.tracker.currentWidget;
    if (panel === this._panel) {
      return;
    }
    this._leave();
    this._panel = panel;
    if (panel === null) {
      this._show(NO_NOTEBOOK);
      return;
    }
    const { context } = panel;
    context.pathChanged.connect(this._onPath, this);
    context.saveState.connect(this._onSave, this);
    context.sessionContext.kernelChanged.connect(this._onKernel, this);
    this._watch = new Watch(context.model.sharedModel);
    this._watch.changed.connect(this._onChange, this);
    const inspection = this._inspected.get(context)?.inspection ?? null;
    this._show({ path: this._pathOf(panel), inspection, error: null, isLooking: true });
    void context.ready.then(() => {
      if (this._panel === panel) {
        this._schedule(0);
      }
    });
  }

  /** Let go of the notebook that was the current one. */
  private _leave(): void {
    window.clearTimeout(this._timer);
    this._asked?.abort();
    this._asked = null;
    this._watch?.dispose();
    this._watch = null;
    this._panel?.context.pathChanged.disconnect(this._onPath, this);
    this._panel?.context.saveState.disconnect(this._onSave, this);
    this._panel?.context.sessionContext.kernelChanged.disconnect(this._onKernel, this);
    this._panel = null;
  }

  private _onChange(_: unknown, change: Change): void {
    if (change !== 'text' || this._options.settings.inspectWhileTyping) {
      this._schedule(change === 'text' ? PAUSE_MS : MOMENT_MS);
    }
  }

  private _onSave(_: unknown, state: string): void {
    if (state === 'completed' && !this._options.settings.inspectWhileTyping) {
      this._schedule(0);
    }
  }

  private _onKernel(): void {
    this._schedule(MOMENT_MS);
  }

  private _onPath(): void {
    if (this._panel) {
      this._show({ ...this._look, path: this._pathOf(this._panel) });
      this._schedule(0);
    }
  }

  private _onReach(): void {
    if (this._options.live.reach === 'answers' && this._look.error !== null) {
      this.refresh();
    }
  }

  private _schedule(pause: number): void {
    window.clearTimeout(this._timer);
    if (this._panel?.context.isReady && !this._isMissing) {
      this._timer = window.setTimeout(() => void this._ask(), pause);
    }
  }

  private async _ask(): Promise<void> {
    const panel = this._panel;
    if (panel === null || panel.isDisposed) {
      return;
    }
    const { client } = this._options;
    const asked = new AbortController();
    this._asked?.abort();
    this._asked = asked;
    const { context } = panel;
    const path = this._pathOf(panel);
    const cells = factsOf(context.model);
    const body = { path, notebook: slimOf(context.model, context.sessionContext), ignore: [] };
    this._show({ ...this._look, isLooking: true });
    let error: Error | null = null;
    try {
      const inspection = await client.answer(
        client.http.POST('/mlops/api/v1/inspect', { body, signal: asked.signal, headers: ASYNC })
      );
      if (this._asked === asked) {
        this._inspected.set(context, { inspection, cells });
      }
    } catch (problem) {
      error = problem instanceof Error ? problem : new Error(String(problem));
    }
    // A newer question, another notebook or the end of this one made the answer stale.
    if (this._asked !== asked) {
      return;
    }
    this._asked = null;
    // A long notebook is read on after the server's answer: the next question finds it read.
    const isLong = error instanceof ApiError && error.status === 202;
    this._waits = isLong ? this._waits + 1 : 0;
    if (isLong && this._waits <= MOST_WAITS) {
      this._schedule(WAIT_MS);
      return;
    }
    this._isMissing = error instanceof ApiError && error.code === 'server.missing';
    const inspection = this._inspected.get(context)?.inspection ?? null;
    this._show({ path, inspection, error, isLooking: false });
  }

  private _show(look: ILook): void {
    this._look = look;
    this._changed.emit(undefined);
  }

  private _pathOf(panel: NotebookPanel): string {
    return this._options.localPath(panel.context.path);
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _inspected = new WeakMap<object, IInspected>();
  private _look: ILook = NO_NOTEBOOK;
  private _panel: NotebookPanel | null = null;
  private _watch: Watch | null = null;
  private _asked: AbortController | null = null;
  private _timer = 0;
  /** How often in a row a notebook was too long to read at once. */
  private _waits = 0;
  /** Whether the server has no extension: nothing is asked until it has. */
  private _isMissing = false;
  private _isDisposed = false;
}
