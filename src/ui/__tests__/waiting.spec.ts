import { Dialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { waiting } from '../waiting';

const trans = nullTranslator.load('jupyter_mlops');
const dialogs = (): number => document.querySelectorAll('.jp-MlopsWaiting').length;

afterEach(() => {
  Dialog.flush();
});

describe('the frame that waits', () => {
  it('is not there for what comes at once', async () => {
    expect(await waiting(trans, 'Run', Promise.resolve(3))).toBe(3);
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(dialogs()).toBe(0);
  });

  it('is there until what was asked for has come', async () => {
    let give: (value: number) => void = () => undefined;
    const answer = waiting(trans, 'Run', new Promise<number>(resolve => (give = resolve)));
    await vi.waitFor(() => {
      expect(dialogs()).toBe(1);
    });
    give(3);
    expect(await answer).toBe(3);
    await vi.waitFor(() => {
      expect(dialogs()).toBe(0);
    });
  });

  it('gives null when the user does not wait, and lets errors through', async () => {
    const answer = waiting(trans, 'Run', new Promise<number>(() => undefined));
    await vi.waitFor(() => {
      expect(dialogs()).toBe(1);
    });
    document.querySelector<HTMLButtonElement>('.jp-MlopsWaiting .jp-mod-reject')?.click();
    expect(await answer).toBeNull();
    await expect(waiting(trans, 'Run', Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  });
});
