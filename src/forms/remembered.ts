/** What was typed the last time, per notebook or job. Texts only, and none of what looks like a secret. */

import type { IStateDB } from '@jupyterlab/statedb';

const PREFIX = 'jupyter-mlops:parameters:';

/** Return what was typed for a target; empty when nothing is remembered. */
export async function recall(state: IStateDB | null, target: string): Promise<Record<string, string>> {
  const kept: unknown = await state?.fetch(PREFIX + target).catch(() => undefined);
  if (typeof kept !== 'object' || kept === null) {
    return {};
  }
  const pairs = Object.entries(kept).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return Object.fromEntries(pairs);
}

/** Remember what was typed for a target. */
export async function remember(
  state: IStateDB | null,
  target: string,
  texts: Record<string, string>
): Promise<void> {
  await state?.save(PREFIX + target, texts).catch(() => undefined);
}
