/**
 * What each code cell of a notebook is for, as it is shown: from the tags at once, and with what the server knows
 * and the browser does not: the `%%mlops` lines. Pure.
 */

import type { Form } from '../api/client';
import { colorOf } from '../context';
import { isTagged, readTags, type Role } from './tags';

/** The name of the step that a notebook without steps is. */
export const MAIN = 'main';

/** As much of a cell as is read. */
export interface ICellFacts {
  readonly id: string;
  readonly isCode: boolean;
  readonly tags: unknown;
}

/** An inspection, and the cells that were sent for it, in their order. */
export interface IInspected {
  readonly inspection: Form<'Inspection'>;
  readonly cells: readonly ICellFacts[];
}

/** What a code cell is for. */
export interface IPart {
  readonly role: Role;
  readonly step: string | null;
  /** The step of a cell that is skipped, to which it belongs again when it is not; null for all others. */
  readonly kept: string | null;
  /** The word that says the role, such as `imports`. */
  readonly word: string;
  readonly options: readonly string[];
  /** Whether the cell says so itself. */
  readonly isTagged: boolean;
  /** Whether its first line says so, which no tag can change. */
  readonly isByLine: boolean;
  /** The number of the step's colour; null without a step. */
  readonly color: number | null;
}

/** The parts of the code cells by the cells' ids, and the steps in the order of the pipeline. */
export interface IParts {
  readonly parts: ReadonlyMap<string, IPart>;
  readonly steps: readonly string[];
}

type Line = Form<'Cell'>;

const NOTHING: IParts = { parts: new Map(), steps: [] };

/** The cells that a `%%mlops` line speaks for: tagged, as the server says, but not by a tag that was sent. */
export function linesOf(inspected: IInspected | null): ReadonlyMap<string, Line> {
  const found = new Map<string, Line>();
  for (const cell of inspected?.inspection.cells ?? []) {
    const sent = inspected?.cells[cell.index];
    if (sent && cell.is_tagged && readTags(sent.tags).role === null) {
      found.set(sent.id, cell);
    }
  }
  return found;
}

/** The cells that hold nothing but `%mlops` lines: a run leaves them out, so they belong to no step. */
function idleOf(inspected: IInspected | null): ReadonlySet<string | undefined> {
  const cells = inspected?.inspection.cells.filter(cell => cell.is_left_out) ?? [];
  return new Set(cells.map(cell => inspected?.cells[cell.index]?.id));
}

/**
 * Return what each code cell is for; nothing for a notebook that says nothing of a pipeline.
 *
 * Cells without a tag get a part only when the server has answered: without it, nobody knows the lines.
 */
export function partsOf(cells: readonly ICellFacts[], inspected: IInspected | null): IParts {
  const lines = linesOf(inspected);
  const code = cells.filter(cell => cell.isCode);
  if (!code.some(cell => lines.has(cell.id) || isTagged(cell.tags))) {
    return NOTHING;
  }
  const idle = idleOf(inspected);
  const said = new Map(code.map(cell => [cell.id, saidOf(cell, lines.get(cell.id))]));
  const hasSteps = [...said.values()].some(part => part.step !== null);
  const order: string[] = [];
  const parts = new Map<string, Omit<IPart, 'color'>>();
  let current = hasSteps ? null : MAIN;
  for (const [id, own] of said) {
    if (own.role === null) {
      // Its first step is the one that the notebook is: no cell names it.
      const role = current === null ? 'setup' : 'step';
      const options = own.options;
      if ((inspected !== null && !idle.has(id)) || options.length > 0) {
        parts.set(id, {
          role,
          step: current,
          kept: null,
          word: role,
          options,
          isTagged: false,
          isByLine: false
        });
      }
    } else {
      const isOfStep = own.role === 'step' || own.role === 'metrics';
      current = isOfStep ? (own.step ?? current) : current;
      parts.set(id, { ...own, role: own.role, step: isOfStep ? current : null, isTagged: true });
    }
    if (current !== null && !order.includes(current)) {
      order.push(current);
    }
  }
  const steps = ordered(order, inspected);
  const colored = [...parts].map(([id, part]): [string, IPart] => [
    id,
    { ...part, color: part.step === null ? null : colorOf(part.step) }
  ]);
  return { parts: new Map(colored), steps };
}

interface ISaid {
  readonly role: Role | null;
  readonly step: string | null;
  readonly kept: string | null;
  readonly word: string;
  readonly options: readonly string[];
  readonly isByLine: boolean;
}

function saidOf(cell: ICellFacts, line: Line | undefined): ISaid {
  if (line) {
    const { role, step, options } = line;
    return { role, step: role === 'step' ? step : null, kept: null, word: role, options, isByLine: true };
  }
  const { role, step, word, options } = readTags(cell.tags);
  const isSkipped = role === 'skip';
  return {
    role,
    step: isSkipped ? null : step,
    kept: isSkipped ? step : null,
    word: word ?? '',
    options,
    isByLine: false
  };
}

/** The order of the pipeline when its steps are these, which may differ from the order of reading. */
function ordered(steps: readonly string[], inspected: IInspected | null): readonly string[] {
  const known = inspected?.inspection.pipeline.steps.map(step => step.name) ?? [];
  const isSame = known.length === steps.length && known.every(name => steps.includes(name));
  return isSame ? known : steps;
}
