/** The frame of a dialog that is there at once, while what it is about is still asked for. */

import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

/** What comes sooner than this needs no frame, in ms. */
const PAUSE_MS = 120;

/**
 * Return what a promise gives; null when the user does not want to wait for it.
 *
 * The promise must open no dialog of its own: JupyterLab shows one after the other.
 */
export async function waiting<T>(
  trans: TranslationBundle,
  title: string,
  promise: Promise<T>
): Promise<T | null> {
  const dialog = new Dialog<void>({
    title,
    body: trans.__('Loading…'),
    buttons: [Dialog.cancelButton({ label: trans.__('Cancel') })]
  });
  dialog.addClass('jp-MlopsWaiting');
  const state = { isOver: false, isShown: false };
  const given = new Promise<null>(resolve => {
    window.setTimeout(() => {
      if (state.isOver) {
        return;
      }
      state.isShown = true;
      dialog.launch().then(
        () => {
          resolve(null);
        },
        () => {
          resolve(null);
        }
      );
    }, PAUSE_MS);
  });
  try {
    return await Promise.race([promise, given]);
  } finally {
    state.isOver = true;
    if (state.isShown && !dialog.isDisposed) {
      dialog.reject();
    }
  }
}
