/** The colours of versions: the same in the bar of the traffic, in its choice and in the charts. Pure. */

import { STEP_COLORS } from '../context';

/** The versions that a deployment serves in any way, by their numbers: they have the first choice of a colour. */
export function versionsServed(deployment: {
  readonly live: number | null;
  readonly canary: number | null;
  readonly shadow: number | null;
}): number[] {
  const { live, canary, shadow } = deployment;
  const found = [live, canary, shadow].filter(version => version !== null);
  return [...new Set(found)].sort((a, b) => a - b);
}

/**
 * The numbers of the colours of `versions`. A colour hangs on the number of the version; two that would share one differ as long
 * as there are colours, and then what is `served` now keeps its own.
 */
export function colorsOf(served: readonly number[], versions: readonly number[]): number[] {
  const found = new Map<number, number>();
  for (const version of [...served, ...versions]) {
    const taken = new Set(found.values());
    let color = version % STEP_COLORS;
    while (!found.has(version) && taken.has(color) && taken.size < STEP_COLORS) {
      color = (color + 1) % STEP_COLORS;
    }
    found.set(version, found.get(version) ?? color);
  }
  return versions.map(version => found.get(version) ?? 0);
}
