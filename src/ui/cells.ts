/** How cells are counted; the only place that writes the number of a cell. Indices count from 0, numbers from 1. */

import type { TranslationBundle } from '@jupyterlab/translation';

/** The number that JupyterLab gives the cell with this index. */
export function cellNumber(index: number): number {
  return index + 1;
}

/** What a cell, or a line in it, is called: `cell 3`, `cell 3, line 5`. */
export function cellText(trans: TranslationBundle, index: number, line: number | null = null): string {
  const number = cellNumber(index);
  return line === null ? trans.__('cell %1', number) : trans.__('cell %1, line %2', number, line);
}
