/** Saves a notebook before the server reads its file. */

import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

/**
 * Save a document if it was changed; false when the user answered JupyterLab's question about the file with "Cancel".
 *
 * It throws where the document cannot be saved: what is on the disk is not what the user sees.
 */
export async function saveChanges(
  context: DocumentRegistry.Context,
  trans: TranslationBundle
): Promise<boolean> {
  const name = context.path.split('/').pop() ?? context.path;
  const isDirty = (): boolean => context.model.dirty;
  if (!isDirty()) {
    return true;
  }
  if (context.model.readOnly) {
    throw new Error(trans.__('%1 was changed and cannot be saved here: it is read-only.', name));
  }
  try {
    await context.save();
  } catch (error) {
    if (error instanceof Error && error.name === 'ModalCancelError') {
      return false;
    }
    throw error;
  }
  if (isDirty()) {
    throw new Error(trans.__('%1 was not saved, so there is nothing new to run.', name));
  }
  return true;
}
