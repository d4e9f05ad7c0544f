/** Files of rows that the browser may name: what the contents manager shows, CSV and Parquet. */

import type { Contents } from '@jupyterlab/services';

/** What is read, and what is written: nothing packed. */
const READ = /\.(csv|tsv|parquet|pq)$|\.(csv|tsv)\.gz$/i;
const WRITTEN = /\.(csv|tsv|parquet|pq)$/i;

/** The folder of a path; empty is the root. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
}

/** Whether a path may be that of an input. */
export function isReadable(path: string): boolean {
  return READ.test(path.trim());
}

/** Whether a path may be that of an output. */
export function isWritable(path: string): boolean {
  return WRITTEN.test(path.trim());
}

/** Where the predictions for a file go, unless somebody wants them elsewhere. */
export function outputFor(input: string): string {
  const plain = input.trim().replace(/\.gz$/i, '');
  return WRITTEN.test(plain) ? plain.replace(WRITTEN, '-predictions$&') : '';
}

/** The files of rows and the folders in a folder; none when it cannot be looked into. */
export async function offersIn(contents: Contents.IManager, folder: string): Promise<string[]> {
  try {
    const found = await contents.get(folder, { content: true });
    const entries = Array.isArray(found.content) ? (found.content as Contents.IModel[]) : [];
    return entries
      .filter(each => each.type === 'directory' || isReadable(each.name))
      .map(each => {
        const path = contents.localPath(each.path);
        return each.type === 'directory' ? `${path}/` : path;
      });
  } catch {
    return [];
  }
}
