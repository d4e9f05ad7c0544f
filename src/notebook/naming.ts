/** The dialog that asks for the name of a step; it accepts no name that would not do. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { type BadName, checkName } from './tags';

/** What a dialog for a name says. */
export interface INaming {
  readonly title: string;
  readonly accept: string;
  readonly name: string;
  /** The names that there are already, without the one that is changed. */
  readonly taken: readonly string[];
  readonly note: string;
}

/** Why a text is no name. */
export function whyBad(bad: BadName, trans: TranslationBundle): string {
  switch (bad) {
    case 'empty':
      return trans.__('Give the step a name.');
    case 'long':
      return trans.__('A name has at most 100 characters.');
    case 'characters':
      return trans.__('A name is one line, without commas.');
    case 'taken':
      return trans.__('There is a step of this name already.');
  }
}

/** A text field that is invalid, which keeps the dialog open, while its text is no name. */
export class NameField extends Widget implements Dialog.IBodyWidget {
  constructor(
    private readonly _naming: INaming,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlopsNaming');
    const label = document.createElement('label');
    label.textContent = _trans.__('Name of the step');
    this.input.className = 'jp-mod-styled';
    this.input.value = _naming.name;
    this.input.spellcheck = false;
    this.input.autocomplete = 'off';
    this._problem.className = 'jp-MlopsNaming-problem';
    this._problem.id = 'jp-mlops-naming-problem';
    this._problem.setAttribute('role', 'status');
    this.input.setAttribute('aria-describedby', this._problem.id);
    const note = document.createElement('div');
    note.className = 'jp-MlopsNaming-note';
    note.textContent = _naming.note;
    label.append(this.input);
    this.node.append(label, this._problem, note);
    this.input.addEventListener('input', () => {
      this._check();
      this._tell();
    });
    this._check();
  }

  readonly input = document.createElement('input');

  getValue(): string {
    return this.input.value.trim();
  }

  protected override onAfterAttach(): void {
    // The dialog listens only once it is there itself.
    requestAnimationFrame(() => {
      this.input.select();
      this._tell();
    });
  }

  /** Let the dialog look for invalid fields: it heard of the typing before the field was checked. */
  private _tell(): void {
    this.node.dispatchEvent(new Event('input', { bubbles: true }));
  }

  private _check(): void {
    const bad = checkName(this.input.value, this._naming.taken);
    const why = bad === null ? '' : whyBad(bad, this._trans);
    this.input.setCustomValidity(why);
    this.input.setAttribute('aria-invalid', String(bad !== null && bad !== 'empty'));
    // That nothing was typed yet is no mistake.
    this._problem.textContent = bad === 'empty' ? '' : why;
  }

  private readonly _problem = document.createElement('div');
}

/** Ask for a name; null when the user cancels. */
export async function askName(naming: INaming, trans: TranslationBundle): Promise<string | null> {
  const body = new NameField(naming, trans);
  const answer = await showDialog({
    title: naming.title,
    body,
    focusNodeSelector: 'input',
    buttons: [Dialog.cancelButton({ label: trans.__('Cancel') }), Dialog.okButton({ label: naming.accept })]
  });
  const name = answer.value;
  return answer.button.accept && name !== null && checkName(name, naming.taken) === null ? name : null;
}
