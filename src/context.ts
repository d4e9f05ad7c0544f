/** What the plugins share: one object, provided by the core plugin under the token `IMlops`. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { Client, Form } from './api/client';
import type { Live } from './api/live';
import type { IStepCells } from './notebook/stepcells';

/** The newest look at the current notebook. */
export interface ILook {
  /** The notebook's path as the contents API writes it, without a drive; null when no notebook is open. */
  readonly path: string | null;
  /** What the server says of it; null before the first answer. It may be a moment behind the document. */
  readonly inspection: Form<'Inspection'> | null;
  /** Why there is no new answer; null when there is one. */
  readonly error: Error | null;
  /** Whether an answer is on its way. */
  readonly isLooking: boolean;
}

/** Follows the current notebook and asks the server to inspect it, unsaved as it is. */
export interface IInspector extends IDisposable {
  readonly look: ILook;
  /** Emitted whenever `look` is another one. */
  readonly changed: ISignal<IInspector, void>;
  /** The step of the active cell of a notebook; null when it belongs to none. */
  stepOf(panel: NotebookPanel): IStepCells | null;
  /** Ask again now. */
  refresh(): void;
  /** Apply a quick fix to the current notebook; can be undone. */
  apply(fix: Form<'Fix'>): void;
}

/** What the plugins share. */
export interface IMlops {
  readonly app: JupyterFrontEnd;
  readonly client: Client;
  readonly live: Live;
  readonly trans: TranslationBundle;
  /** Remembers what the user folded, typed and chose; null in a lab that remembers nothing. */
  readonly state: IStateDB | null;
  /** Draws charts; null where there are no renderers. */
  readonly rendermime: IRenderMimeRegistry | null;
  /** Set by the notebook plugin where there are notebooks. */
  inspector: IInspector | null;
}

export const IMlops = new Token<IMlops>('jupyter-mlops:IMlops', 'What the plugins of jupyter-mlops share.');

/** The colours of steps, as many as there are; CSS classes `jp-mod-mlopsColor0` … hold JupyterLab's palette. */
export const STEP_COLORS = 11;

/** Chosen so that the steps of the examples, and usual names of neighbouring steps, differ. */
const SEED = 25609;

/** Return the number of a step's colour. It hangs on the name alone: no edit of other steps changes it. */
export function colorOf(step: string): number {
  let hash = SEED;
  for (let index = 0; index < step.length; index += 1) {
    hash = Math.imul(hash ^ step.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) % STEP_COLORS;
}
