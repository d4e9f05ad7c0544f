/** A dialog with a form in it. It closes when what it asked for was done, and stays open with what was wrong. */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import { ApiError } from '../api/client';
import { Ticked } from '../ui/ticked';

/** What is typed into a form, and what becomes of it. */
export interface IForm {
  /** Whether it can be sent as it is. */
  readonly isReady: boolean;
  /** Send it; what it throws is shown in the dialog. */
  submit(): Promise<void>;
  readonly changed: ISignal<unknown, void>;
  /** What is done instead, such as showing a cell: when it is set, the dialog closes first. */
  readonly instead?: (() => Promise<void>) | null;
  render(problem: Error | null): React.JSX.Element;
}

class FormBody extends ReactWidget implements Dialog.IBodyWidget<void> {
  constructor(private readonly _form: IForm) {
    super();
    this.addClass('jp-MlopsForm');
    _form.changed.connect(() => {
      this.update();
    });
  }

  problem: Error | null = null;

  getValue(): void {
    // The form itself holds what was typed.
  }

  protected override render(): React.JSX.Element {
    return this._form.render(this.problem);
  }
}

class FormDialog extends Dialog<void> {
  constructor(options: Partial<Dialog.IOptions<void>>, form: IForm, body: FormBody, accept: number) {
    super(options);
    this._form = form;
    this._content = body;
    this._accept = accept;
    this.addClass('jp-MlopsFormDialog');
    form.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  override dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  /** Leave Enter to what it belongs to: a text of several lines, a part that folds, a button in the form. */
  override handleEvent(event: Event): void {
    const { target } = event;
    const isOwn =
      target instanceof HTMLTextAreaElement ||
      (target instanceof HTMLElement &&
        target.closest('.jp-MlopsForm summary, .jp-MlopsForm button') !== null);
    if (event instanceof KeyboardEvent && event.key === 'Enter' && isOwn) {
      event.stopPropagation();
      return;
    }
    super.handleEvent(event);
    if (event.type === 'input') {
      // JupyterLab has just looked for invalid fields itself, and knows nothing of ours.
      this._onChanged();
    }
  }

  /** Without the focus no key would reach it, Escape neither, until the form is drawn and its first field takes it. */
  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (!this.node.contains(document.activeElement)) {
      this.node.querySelector<HTMLButtonElement>('.jp-Dialog-footer button:not(:disabled)')?.focus();
    }
  }

  /** Escape; what is on its way cannot be called back. */
  override reject(): void {
    if (!this._isBusy) {
      super.reject();
    }
  }

  /** End the dialog by a button; the one that accepts only ends it when the form was sent. */
  override resolve(index?: number): void {
    if (index !== this._accept) {
      if (!this._isBusy) {
        super.resolve(index);
      }
    } else if (this._form.isReady && !this._isBusy) {
      void this._send(index);
    }
  }

  private async _send(index: number): Promise<void> {
    const focused = document.activeElement;
    this._isBusy = true;
    this._content.problem = null;
    this._onChanged();
    this._content.update();
    try {
      await this._form.submit();
      super.resolve(index);
    } catch (error) {
      this._content.problem = error instanceof Error ? error : new Error(String(error));
      this._content.update();
    } finally {
      this._isBusy = false;
      this._onChanged();
      // What cannot be used meanwhile has lost the focus, and the keys with it.
      if (focused instanceof HTMLElement && focused.isConnected) {
        focused.focus();
      }
    }
  }

  private _onChanged(): void {
    this._content.node.inert = this._isBusy;
    const button = this.node.querySelector<HTMLButtonElement>('.jp-Dialog-footer .jp-mod-accept');
    if (button) {
      button.disabled = this._isBusy || !this._form.isReady;
      button.setAttribute('aria-busy', String(this._isBusy));
    }
  }

  private readonly _form: IForm;
  private readonly _content: FormBody;
  private readonly _accept: number;
  private _isBusy = false;
}

/** Leaves the form as it is: JupyterLab's own renderer moves nodes that belong to React. */
class PlainRenderer extends Dialog.Renderer {
  override createBody(body: FormBody): Widget {
    body.addClass('jp-Dialog-body');
    return body;
  }
}

/** What has the focus first: where the user already is, if he was quicker than the dialog. */
const FIRST =
  ':focus, .jp-Dialog-body:not(:has(:focus)) :is(input:not([type=checkbox]):not([type=radio]), select, textarea)';

/** Show a form; true when it was sent. */
export async function showForm(
  form: IForm,
  words: { title: string; accept: string; trans: TranslationBundle }
): Promise<boolean> {
  const body = new FormBody(form);
  const dialog = new FormDialog(
    {
      title: words.title,
      body,
      renderer: new PlainRenderer(),
      buttons: [
        Dialog.cancelButton({ label: words.trans.__('Cancel') }),
        Dialog.okButton({ label: words.accept })
      ],
      focusNodeSelector: FIRST
    },
    form,
    body,
    1
  );
  const leave = (): void => {
    if (form.instead) {
      dialog.reject();
    }
  };
  form.changed.connect(leave);
  const { button } = await dialog.launch();
  form.changed.disconnect(leave);
  await form.instead?.();
  return button.accept && !form.instead;
}

/** What went wrong, with what to do about it. */
export function Problem(props: { error: Error | null }): React.JSX.Element | null {
  const { error } = props;
  if (error === null) {
    return null;
  }
  const hint = error instanceof ApiError ? error.hint : '';
  return (
    <div className="jp-MlopsForm-problem" role="alert">
      <strong>
        <Ticked text={error.message} />
      </strong>
      {hint ? (
        <div>
          <Ticked text={hint} />
        </div>
      ) : null}
      {error instanceof ApiError && error.findings.length > 0 ? (
        <ul className="jp-MlopsForm-findings">
          {error.findings.map((finding, index) => (
            <li key={index}>
              <Ticked text={finding.message} />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
