/** What a command is executed with: anything, for whoever executes one may hand in what he likes. */

export type Args = Readonly<Record<string, unknown>>;

/** A text in the arguments, or null. */
export function textIn(args: Args, name: string): string | null {
  const value = args[name];
  return typeof value === 'string' && value !== '' && value.length <= 4096 ? value : null;
}

/** A whole number of at least `least` in the arguments, or null. */
export function numberIn(args: Args, name: string, least = 1): number | null {
  const value = args[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= least ? value : null;
}

/** The id of a run, or null. */
export function runId(value: unknown): string | null {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value) ? value : null;
}
