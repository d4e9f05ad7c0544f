/** A light widget that stands where heavy content goes: the one heavy chunk is loaded when it is first seen. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';

/** What the heavy chunk exports. */
export type Views = typeof import('../views');

/** Loads the heavy chunk, once. */
export type ViewsSource = () => Promise<Views>;

export const loadViews: ViewsSource = () => import(/* webpackChunkName: "views" */ '../views');

/** Shows what `make` makes of the heavy chunk, and mirrors its title. */
export class LazyWidget extends Widget {
  constructor(
    private readonly _make: (views: Views) => Widget,
    private readonly _trans: TranslationBundle,
    private readonly _load: ViewsSource = loadViews
  ) {
    super();
    this.layout = new PanelLayout();
    this.addClass('jp-MlopsLazy');
    this._note(this._trans.__('Loading…'));
  }

  /** The heavy content; null until it was seen. */
  get inner(): Widget | null {
    return this._inner;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._loadIfSeen();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._loadIfSeen();
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (this._inner === null) {
      this.node.tabIndex = -1;
      this.node.focus();
    } else {
      this._inner.activate();
    }
  }

  private _loadIfSeen(): void {
    if (this._inner === null && !this._isLoading && this.isVisible) {
      void this._begin();
    }
  }

  private async _begin(): Promise<void> {
    this._isLoading = true;
    try {
      const views = await this._load();
      if (this.isDisposed) {
        return;
      }
      const hadFocus = this.node.contains(document.activeElement);
      this._inner = this._make(views);
      this._inner.title.changed.connect(this._mirror, this);
      this._note(null);
      (this.layout as PanelLayout).addWidget(this._inner);
      this._mirror();
      if (hadFocus) {
        this._inner.activate();
      }
    } catch (error) {
      console.error('jupyter-mlops: the views cannot be loaded', error);
      this._note(this._trans.__('This view could not be loaded.'), true);
    } finally {
      this._isLoading = false;
    }
  }

  private _mirror(): void {
    if (this._inner !== null && this._inner.title.label !== '') {
      const { label, caption, icon } = this._inner.title;
      this.title.label = label;
      this.title.caption = caption;
      this.title.icon = icon;
    }
  }

  /** Say something until there is content. */
  private _note(text: string | null, isError = false): void {
    this._line?.remove();
    this._line = null;
    if (text === null) {
      return;
    }
    this._line = document.createElement('div');
    this._line.className = 'jp-MlopsNote';
    this._line.setAttribute('role', isError ? 'alert' : 'status');
    this._line.textContent = text;
    if (isError) {
      const button = document.createElement('button');
      button.className = 'jp-MlopsButton';
      button.textContent = this._trans.__('Retry');
      button.addEventListener('click', () => void this._begin());
      this._line.append(' ', button);
    }
    this.node.append(this._line);
  }

  private _inner: Widget | null = null;
  private _line: HTMLElement | null = null;
  private _isLoading = false;
}
