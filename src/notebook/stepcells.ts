/** The step of a cell with the cells whose tags ask something of it, and the steps that may run before it. Pure. */

import { type ICellFacts, type IInspected, MAIN, partsOf } from './parts';
import { readTags } from './tags';

/** What the options of a step are read from and written to. */
export interface IStepCells {
  readonly step: string;
  /** The ids of its cells that have tags of their own, those that name the step first; a tag of the step goes to the first. */
  readonly ids: readonly string[];
  /** The steps that stand above it: only after those can it run. */
  readonly above: readonly string[];
  /** Whether `%%mlops` lines alone say what the step is: then its options stand in them, and no tag is written. */
  readonly isByLine: boolean;
}

/** Return the step that a cell belongs to; null when it belongs to none. */
export function stepCellsOf(
  cells: readonly ICellFacts[],
  inspected: IInspected | null,
  id: string
): IStepCells | null {
  const code = cells.filter(cell => cell.isCode);
  const { parts } = partsOf(cells, inspected);
  if (parts.size === 0) {
    // A notebook that says nothing of a pipeline is one step, in all of its cells.
    const ids = code.map(cell => cell.id);
    return ids.includes(id) ? { step: MAIN, ids, above: [], isByLine: false } : null;
  }
  const step = parts.get(id)?.step ?? null;
  if (step === null) {
    return null;
  }
  const partOf = (cell: ICellFacts) => parts.get(cell.id);
  const own = code.filter(cell => partOf(cell)?.step === step && partOf(cell)?.isByLine === false);
  const named = own.filter(cell => readTags(cell.tags).step === step);
  const isByLine =
    named.length === 0 && code.some(cell => partOf(cell)?.step === step && partOf(cell)?.isByLine);
  const above: string[] = [];
  for (const cell of code) {
    const other = partOf(cell)?.step ?? null;
    if (other === step) {
      break;
    }
    if (other !== null && !above.includes(other)) {
      above.push(other);
    }
  }
  const ids = [...named, ...own.filter(cell => !named.includes(cell))].map(cell => cell.id);
  return { step, ids, above, isByLine };
}
