/** The findings of a cell, under its code: what is wrong, what to do, and buttons that do it. Plain DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Form } from '../api/client';
import { byGrade, gradeOf, gradeWord, signOf } from '../ui/grade';
import { piecesOf } from '../ui/ticked';

type Finding = Form<'Finding'>;

/** What the markers need. */
export interface IMarkerOptions {
  readonly trans: TranslationBundle;
  readonly isReadOnly: boolean;
  readonly apply: (fix: Form<'Fix'>) => void;
}

/** The list of findings in a cell. */
export class Markers {
  constructor() {
    this.node.className = 'jp-MlopsMarkers';
    // A click in it is no click in the cell, which would take the focus from the button into the editor.
    for (const type of ['mousedown', 'pointerdown', 'dblclick']) {
      this.node.addEventListener(type, event => {
        event.stopPropagation();
      });
    }
  }

  readonly node = document.createElement('ul');

  /** Show findings in the node of a cell, the gravest first. */
  draw(cell: HTMLElement, findings: readonly Finding[], options: IMarkerOptions): void {
    const sorted = byGrade(findings);
    const worst = sorted[0] && gradeOf(sorted[0]);
    cell.classList.toggle('jp-mod-mlopsError', worst === 'error');
    cell.classList.toggle('jp-mod-mlopsWarning', worst === 'warning');
    const key = JSON.stringify([findings, options.isReadOnly]);
    if (key !== this._key) {
      this._key = key;
      this.node.setAttribute('aria-label', options.trans.__('Findings in this cell'));
      this.node.replaceChildren(...sorted.map(finding => itemOf(finding, options)));
    }
    // Between input and output; at the end while the cell has not been rendered.
    const input = cell.querySelector(':scope > .jp-Cell-inputWrapper');
    if (input && input.nextElementSibling !== this.node) {
      input.after(this.node);
    } else if (!input && this.node.parentNode !== cell) {
      cell.append(this.node);
    }
  }

  /** Take all of it off the cell. */
  remove(cell: HTMLElement): void {
    this.node.remove();
    cell.classList.remove('jp-mod-mlopsError', 'jp-mod-mlopsWarning');
  }

  private _key = '';
}

function itemOf(finding: Finding, options: IMarkerOptions): HTMLElement {
  const { trans } = options;
  const item = element('li', `jp-MlopsMarker jp-mod-${gradeOf(finding)}`);
  const sign = element('span', 'jp-MlopsMarker-sign', signOf(finding));
  sign.setAttribute('aria-hidden', 'true');
  const word = element('span', 'jp-MlopsMarker-word', gradeWord(finding, trans));
  const text = element('div', 'jp-MlopsMarker-text');
  const line = finding.line === null ? '' : trans.__('line %1', finding.line);
  text.append(word, line === '' ? ': ' : ` (${line}): `, ...ticked(finding.message));
  if (finding.hint !== '') {
    const hint = element('div', 'jp-MlopsMarker-hint');
    hint.append(...ticked(finding.hint));
    text.append(hint);
  }
  item.append(sign, text);
  if (finding.fixes.length > 0) {
    const fixes = element('div', 'jp-MlopsMarker-fixes');
    for (const fix of finding.fixes) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'jp-MlopsButton';
      button.append(...ticked(fix.title));
      button.disabled = options.isReadOnly;
      button.addEventListener('click', () => {
        options.apply(fix);
      });
      fixes.append(button);
    }
    text.append(fixes);
  }
  return item;
}

/** A message of the server as nodes: what stands in backticks is code, all of it is text. */
export function ticked(message: string): Node[] {
  return piecesOf(message).map(({ text, isCode }) =>
    isCode ? element('code', '', text) : document.createTextNode(text)
  );
}

function element(tag: string, className: string, text = ''): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}
