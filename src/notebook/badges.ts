/** The badge of a cell: a bar at its left and a pill at its top right, in the colour of its step. Plain DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IPart } from './parts';
import { shortOption } from './tags';

/** What a pill says: the name in bold, the rest small, all of it in the tooltip. */
export interface IPill {
  readonly name: string;
  readonly rest: string;
  readonly tooltip: string;
}

/** Return what the pill of a cell says. The words of tags stay as they are written in the tags. */
export function pillOf(part: IPart, trans: TranslationBundle): IPill {
  const options = part.options.map(shortOption).join(' · ');
  const step = part.step ?? '';
  switch (part.role) {
    case 'step': {
      const belongs = part.isTagged
        ? trans.__('Step “%1”', step)
        : trans.__('This cell has no tag and belongs to the step above, “%1”', step);
      return { name: step, rest: options, tooltip: tooltip(part, belongs, options, trans) };
    }
    case 'metrics': {
      const rest = [step, options].filter(text => text !== '').join(' · ');
      const belongs = trans.__('Metrics of the run, from the step “%1”', step);
      return { name: trans.__('metrics'), rest, tooltip: tooltip(part, belongs, options, trans) };
    }
    case 'parameters': {
      const belongs = trans.__('Parameters: names with defaults, which each run may override');
      return { name: trans.__('parameters'), rest: '', tooltip: tooltip(part, belongs, options, trans) };
    }
    case 'setup': {
      const belongs = part.isTagged
        ? trans.__('Runs at the start of every step below')
        : trans.__('This cell has no tag: above the first step, it runs at the start of every step');
      return {
        name: part.word,
        rest: trans.__('every step'),
        tooltip: tooltip(part, belongs, options, trans)
      };
    }
    case 'skip':
      return {
        name: trans.__('skip'),
        rest: part.kept ?? '',
        tooltip: tooltip(
          part,
          part.kept === null
            ? trans.__('Left out of the pipeline')
            : trans.__('Left out of the pipeline; not skipped, it belongs to the step “%1”', part.kept),
          '',
          trans
        )
      };
  }
}

function tooltip(part: IPart, belongs: string, options: string, trans: TranslationBundle): string {
  const line = part.isByLine ? trans.__('set by the %1 line', '%%mlops') : '';
  return [belongs, options, line].filter(text => text !== '').join('\n');
}

/** The nodes of a badge in a cell. */
export class Badge {
  constructor(onClick: () => void) {
    this.bar.className = 'jp-MlopsCellBar';
    this.bar.setAttribute('aria-hidden', 'true');
    this.pill.type = 'button';
    // The keyboard has the button in the toolbar and the shortcut; a stop at every cell would be in the way.
    this.pill.tabIndex = -1;
    this.pill.setAttribute('aria-haspopup', 'menu');
    this.pill.append(this._name, this._rest);
    this._name.className = 'jp-MlopsCellPill-name';
    this._rest.className = 'jp-MlopsCellPill-rest';
    this.pill.addEventListener('click', onClick);
  }

  readonly bar = document.createElement('div');
  readonly pill = document.createElement('button');

  /** Show what a cell is for in its node. */
  draw(cell: HTMLElement, part: IPart, trans: TranslationBundle): void {
    const { name, rest, tooltip } = pillOf(part, trans);
    const color = part.color === null ? '' : ` jp-mod-mlopsColor${part.color}`;
    const faint = part.isTagged ? '' : ' jp-mod-faint';
    const state = `jp-mod-${part.role}${color}${faint}`;
    setClass(this.bar, `jp-MlopsCellBar ${state}`);
    setClass(this.pill, `jp-MlopsCellPill ${state}`);
    setText(this._name, name);
    setText(this._rest, rest);
    this.pill.title = tooltip;
    cell.classList.add('jp-mod-mlops');
    cell.classList.toggle('jp-mod-mlopsSkip', part.role === 'skip');
    cell.classList.toggle('jp-mod-mlopsFaint', !part.isTagged);
    if (this.bar.parentNode !== cell) {
      cell.append(this.bar, this.pill);
    }
  }

  /** Take all of it off the cell. */
  remove(cell: HTMLElement): void {
    this.bar.remove();
    this.pill.remove();
    cell.classList.remove('jp-mod-mlops', 'jp-mod-mlopsSkip', 'jp-mod-mlopsFaint');
  }

  private readonly _name = document.createElement('span');
  private readonly _rest = document.createElement('span');
}

function setClass(node: HTMLElement, name: string): void {
  if (node.className !== name) {
    node.className = name;
  }
}

function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
