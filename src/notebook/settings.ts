/** What the user wants to see on cells. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { type ISignal, Signal } from '@lumino/signaling';

/** The settings of the notebook plugin; the defaults until they are loaded, and where there are none. */
export class CellSettings {
  get showBadges(): boolean {
    return this._is('showBadges');
  }

  get showFindings(): boolean {
    return this._is('showFindings');
  }

  get inspectWhileTyping(): boolean {
    return this._is('inspectWhileTyping');
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Take over what the user has set, now and whenever it changes. */
  follow(settings: ISettingRegistry.ISettings): void {
    this._settings = settings;
    settings.changed.connect(() => {
      this._changed.emit(undefined);
    });
    this._changed.emit(undefined);
  }

  private _is(name: string): boolean {
    return this._settings?.get(name).composite !== false;
  }

  private readonly _changed = new Signal<this, void>(this);
  private _settings: ISettingRegistry.ISettings | null = null;
}
