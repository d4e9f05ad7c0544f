/** Badges and findings of one open notebook, kept in step with its document, the inspection and the settings. */

import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import type { Form } from '../api/client';
import { Badge } from './badges';
import { Dodge } from './dodge';
import { factsOf, type Inspector } from './inspector';
import { Markers } from './markers';
import { type IInspected, type IParts, partsOf } from './parts';
import type { CellSettings } from './settings';
import { Watch } from './watch';

/** What the marks need. */
export interface IMarkOptions {
  readonly inspector: Inspector;
  readonly settings: CellSettings;
  readonly trans: TranslationBundle;
  /** Opens the menu of a cell. */
  readonly openMenu: (panel: NotebookPanel, cell: Cell) => void;
}

interface IMark {
  badge: Badge | null;
  markers: Markers | null;
}

export class CellMarks implements IDisposable {
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _options: IMarkOptions
  ) {
    this._watch = new Watch(_panel.context.model.sharedModel);
    this._watch.changed.connect((_, change) => {
      if (change !== 'text') {
        this.update();
      }
    });
    _options.inspector.changed.connect(this.update, this);
    _options.settings.changed.connect(this.update, this);
    _panel.content.modelContentChanged.connect(this._onContent, this);
    _panel.content.activeCellChanged.connect(this._onActive, this);
    _panel.disposed.connect(this.dispose, this);
    this.update();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    cancelAnimationFrame(this._frame);
    this._watch.dispose();
    this._dodge.dispose();
    this._options.inspector.changed.disconnect(this.update, this);
    this._options.settings.changed.disconnect(this.update, this);
    if (!this._panel.isDisposed) {
      this._panel.content.modelContentChanged.disconnect(this._onContent, this);
      this._panel.content.activeCellChanged.disconnect(this._onActive, this);
      this._panel.disposed.disconnect(this.dispose, this);
    }
    for (const [cell, mark] of this._marks) {
      this._clear(cell, mark);
    }
    this._marks.clear();
  }

  /** What the cells of this notebook are for. */
  get parts(): IParts {
    return partsOf(factsOf(this._panel.context.model), this._options.inspector.inspectedOf(this._panel));
  }

  /** Draw again in the next frame. */
  update(): void {
    if (this._frame === 0 && !this._isDisposed) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._draw();
      });
    }
  }

  private _onContent(): void {
    // Cell widgets come and go a moment after the cells of the document.
    if (this._panel.content.widgets.length !== this._drawn) {
      this.update();
    }
  }

  private _onActive(): void {
    const cell = this._panel.content.activeCell;
    this._dodge.follow(cell && this._marks.get(cell)?.badge ? cell : null);
  }

  private _draw(): void {
    const { inspector, settings, trans } = this._options;
    const { content, context } = this._panel;
    const { parts } = this.parts;
    const findings = parts.size === 0 ? NONE : findingsOf(inspector.inspectedOf(this._panel));
    const present = new Set<Cell>(content.widgets);
    this._drawn = present.size;
    for (const [cell, mark] of this._marks) {
      if (!present.has(cell)) {
        this._clear(cell, mark);
        this._marks.delete(cell);
      }
    }
    for (const cell of present) {
      const { id } = cell.model;
      const part = settings.showBadges ? parts.get(id) : undefined;
      const found = settings.showFindings ? (findings.get(id) ?? []) : [];
      const old = this._marks.get(cell);
      if (part === undefined && found.length === 0) {
        if (old) {
          this._clear(cell, old);
          this._marks.delete(cell);
        }
        continue;
      }
      const mark = old ?? this._add(cell);
      if (part) {
        mark.badge ??= new Badge(() => {
          this._options.openMenu(this._panel, cell);
        });
        mark.badge.draw(cell.node, part, trans);
      } else {
        mark.badge?.remove(cell.node);
        mark.badge = null;
      }
      if (found.length > 0) {
        mark.markers ??= new Markers();
        mark.markers.draw(cell.node, found, {
          trans,
          isReadOnly: context.model.readOnly,
          apply: fix => {
            inspector.applyTo(this._panel, fix);
          }
        });
      } else {
        mark.markers?.remove(cell.node);
        mark.markers = null;
      }
    }
    this._onActive();
  }

  private _add(cell: Cell): IMark {
    const mark: IMark = { badge: null, markers: null };
    this._marks.set(cell, mark);
    if (cell.isPlaceholder()) {
      void cell.ready.then(() => {
        this.update();
      });
    }
    return mark;
  }

  private _clear(cell: Cell, mark: IMark): void {
    mark.badge?.remove(cell.node);
    mark.markers?.remove(cell.node);
  }

  private readonly _watch: Watch;
  private readonly _dodge = new Dodge();
  private readonly _marks = new Map<Cell, IMark>();
  private _frame = 0;
  private _drawn = -1;
  private _isDisposed = false;
}

const NONE: ReadonlyMap<string, Form<'Finding'>[]> = new Map<string, Form<'Finding'>[]>();

/** The findings by the ids of their cells. */
export function findingsOf(inspected: IInspected | null): ReadonlyMap<string, Form<'Finding'>[]> {
  const found = new Map<string, Form<'Finding'>[]>();
  for (const finding of inspected?.inspection.findings ?? []) {
    const id = finding.cell === null ? undefined : inspected?.cells[finding.cell]?.id;
    if (id !== undefined) {
      found.set(id, [...(found.get(id) ?? []), finding]);
    }
  }
  return found;
}
