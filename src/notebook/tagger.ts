/** What the menu and the commands do: they tag the selected code cells of the current notebook. */

import type { ISharedCell } from '@jupyter/ydoc';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { changeTags } from './edit';
import { factsOf, type Inspector } from './inspector';
import { askName } from './naming';
import { type IPart, type IParts, linesOf, partsOf } from './parts';
import { readTags, renameStep, setRole, setStep } from './tags';

/** The selected cells, and what they are. */
export interface ISelection {
  readonly panel: NotebookPanel;
  /** The cells whose tags can be changed: code cells without a `%%mlops` line. */
  readonly cells: readonly ISharedCell[];
  /** How many code cells are selected. */
  readonly count: number;
  /** What the active cell is for; null when it belongs to nothing. */
  readonly part: IPart | null;
  readonly parts: IParts;
  /** Whether the first line of every selected cell says what it is. */
  readonly isByLine: boolean;
}

export class Tagger {
  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _inspector: Inspector,
    readonly trans: TranslationBundle
  ) {}

  /** What is selected in the current notebook; null when no code cell is, or nothing can be changed. */
  get selection(): ISelection | null {
    const panel = this._tracker.currentWidget;
    const active = panel?.content.activeCell ?? null;
    if (panel === null || active === null || panel.context.model.readOnly) {
      return null;
    }
    const { content, context } = panel;
    const chosen = content.widgets.filter(cell => cell === active || content.isSelected(cell));
    const code = chosen.filter(cell => cell.model.type === 'code').map(cell => cell.model.sharedModel);
    if (code.length === 0) {
      return null;
    }
    const inspected = this._inspector.inspectedOf(panel);
    const lines = linesOf(inspected);
    const parts = partsOf(factsOf(context.model), inspected);
    const cells = code.filter(cell => !lines.has(cell.getId()));
    const part = parts.parts.get(active.model.id) ?? null;
    return { panel, cells, count: code.length, part, parts, isByLine: cells.length === 0 };
  }

  /** Whether tags of the selected cells can be changed. */
  get canTag(): boolean {
    return this.selection?.isByLine === false;
  }

  /** The steps that the step of the active cell may run after; none where its tags cannot be changed. */
  get stepsAbove(): readonly string[] {
    const { selection } = this;
    const step = selection === null ? null : this._inspector.stepOf(selection.panel);
    return step === null || step.isByLine ? [] : step.above;
  }

  /** Whether the step of the active cell can be renamed: all of its cells must say it by tags. */
  get renamable(): string | null {
    const selection = this.selection;
    const step = selection?.part?.step ?? null;
    if (selection === null || step === null) {
      return null;
    }
    const own = [...selection.parts.parts.values()].filter(part => part.isTagged && part.step === step);
    const tagged = selection.panel.context.model.sharedModel.cells.some(
      cell => readTags(cell.getMetadata('tags')).step === step
    );
    return tagged && !own.some(part => part.isByLine && part.role === 'step') ? step : null;
  }

  /** Whether the selected cells, as one sees the active one, belong to a step or have a role by their own word. */
  isOf(what: { step?: string; role?: string }): boolean {
    const part = this.selection?.part ?? null;
    if (what.step !== undefined) {
      return part?.role === 'step' && part.step === what.step;
    }
    switch (what.role) {
      case '':
        return !part?.isTagged;
      case 'pipeline-metrics':
        return part?.isTagged === true && part.role === 'metrics';
      default:
        return part?.isTagged === true && part.role === what.role;
    }
  }

  tagStep(step: string): void {
    this._change(tags => setStep(tags, step));
  }

  /** Give the selected cells a role; cells below them that belong to their step stay in it. */
  tagRole(word: string | null): void {
    const selection = this.selection;
    if (selection === null || selection.isByLine) {
      return;
    }
    const { sharedModel } = selection.panel.context.model;
    const ids = new Set(selection.cells.map(cell => cell.getId()));
    const heirs =
      word === null || word === 'pipeline-metrics'
        ? new Map<string, string>()
        : heirsOf(selection.parts, ids);
    const below = sharedModel.cells.filter(cell => heirs.has(cell.getId()));
    changeTags(sharedModel, [...selection.cells, ...below], (tags, cell) => {
      const step = heirs.get(cell.getId());
      return step === undefined ? setRole(tags, word) : setStep(tags, step);
    });
  }

  /** Ask for the name of a new step, and tag the selected cells with it. */
  async newStep(): Promise<void> {
    const before = this.selection;
    if (before === null) {
      return;
    }
    const trans = this.trans;
    const name = await askName(
      {
        title: trans.__('New Step'),
        accept: trans.__('Create'),
        name: '',
        taken: before.parts.steps,
        note: trans._n(
          'The selected cell begins the step; cells below it without a tag belong to it too.',
          'The %1 selected cells become the step; cells below them without a tag belong to it too.',
          before.count,
          before.count
        )
      },
      trans
    );
    if (name !== null && !before.panel.isDisposed) {
      changeTags(before.panel.context.model.sharedModel, alive(before), tags => setStep(tags, name));
    }
  }

  /** Ask for another name for the step of the active cell, and change it wherever tags name it. */
  async rename(): Promise<void> {
    const before = this.selection;
    const step = this.renamable;
    if (before === null || step === null) {
      return;
    }
    const trans = this.trans;
    const name = await askName(
      {
        title: trans.__('Rename Step “%1”', step),
        accept: trans.__('Rename'),
        name: step,
        taken: before.parts.steps.filter(other => other !== step),
        note: trans.__('All cells of the step and all tags that name it are changed.')
      },
      trans
    );
    if (name !== null && name !== step && !before.panel.isDisposed) {
      const { sharedModel } = before.panel.context.model;
      const code = sharedModel.cells.filter(cell => cell.cell_type === 'code');
      changeTags(sharedModel, code, tags => renameStep(tags, step, name));
    }
  }

  private _change(change: (tags: unknown) => unknown[]): void {
    const selection = this.selection;
    if (selection && !selection.isByLine) {
      changeTags(selection.panel.context.model.sharedModel, selection.cells, change);
    }
  }
}

/**
 * The cells that must name their step when the cells `leaving` leave it: those without a tag that stand right below.
 *
 * @returns their steps by their ids.
 */
export function heirsOf(parts: IParts, leaving: ReadonlySet<string>): Map<string, string> {
  const heirs = new Map<string, string>();
  const orphaned = new Set<string>();
  for (const [id, part] of parts.parts) {
    if (part.step === null) {
      continue;
    }
    if (leaving.has(id)) {
      if (part.isTagged && part.role === 'step') {
        orphaned.add(part.step);
      }
      continue;
    }
    if (orphaned.delete(part.step) && !part.isTagged) {
      heirs.set(id, part.step);
    }
  }
  return heirs;
}

/** The cells of a selection that are still in the notebook. */
function alive(selection: ISelection): readonly ISharedCell[] {
  const present = new Set(selection.panel.context.model.sharedModel.cells);
  return selection.cells.filter(cell => present.has(cell));
}
