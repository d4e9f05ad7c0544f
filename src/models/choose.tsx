/** A form that asks which: for commands of the palette, which come without an argument. */

import { type ISignal, Signal } from '@lumino/signaling';
import React from 'react';

import type { IMlops } from '../context';
import { type IForm, showForm } from '../forms/dialog';
import { TextField } from '../forms/field';

class ChooseForm implements IForm {
  constructor(
    private readonly _label: string,
    private readonly _names: readonly string[]
  ) {
    this.name = _names.length === 1 ? (_names[0] ?? '') : '';
  }

  name: string;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isReady(): boolean {
    return this._names.includes(this.name);
  }

  submit(): Promise<void> {
    return Promise.resolve();
  }

  render(): React.JSX.Element {
    return (
      <TextField
        label={this._label}
        value={this.name}
        offers={this._names.slice(0, 500)}
        onValue={value => {
          this.name = value;
          this._changed.emit();
        }}
      />
    );
  }

  private readonly _changed = new Signal<this, void>(this);
}

/** Ask which of several; null when the user cancels. */
export async function choose(
  mlops: IMlops,
  words: { title: string; label: string; accept: string },
  names: readonly string[]
): Promise<string | null> {
  const form = new ChooseForm(words.label, names);
  const { title, accept } = words;
  return (await showForm(form, { title, accept, trans: mlops.trans })) ? form.name : null;
}
