/**
 * What the tags of a cell say, and how they are changed. Pure; the vocabulary is that of
 * `jupyter_mlops/notebook/tags.py`, and a test holds it to the table in `docs/tags.md`.
 *
 * role
 *     what a cell is for; one tag says it.
 * option
 *     what a tag asks of the whole step.
 * foreign tag
 *     any other tag; it stays where it is, whatever is changed.
 */

export type Role = 'step' | 'parameters' | 'setup' | 'metrics' | 'skip';

interface IWord {
  readonly role?: Role;
  /** Whether the tag is written `word:value`. */
  readonly hasValue?: boolean;
  /** Whether it speaks of its cell alone, and neither says what the cell is for nor asks something of the step. */
  readonly isOfCell?: boolean;
}

const option: IWord = { hasValue: true };

/** The vocabulary by the first word of a tag. */
export const VOCABULARY: ReadonlyMap<string, IWord> = new Map<string, IWord>([
  ['step', { role: 'step', hasValue: true }],
  ['block', { role: 'step', hasValue: true }],
  ['prev', option],
  ['parameters', { role: 'parameters' }],
  ['pipeline-parameters', { role: 'parameters' }],
  ['imports', { role: 'setup' }],
  ['functions', { role: 'setup' }],
  ['setup', { role: 'setup' }],
  ['pipeline-metrics', { role: 'metrics' }],
  ['skip', { role: 'skip' }],
  ['skip-execution', { role: 'skip' }],
  ['retry', option],
  ['timeout', option],
  ['cache', option],
  ['limit', option],
  ['engine', option],
  ['image', option],
  ['secret', option],
  ['model', option],
  ['label', option],
  ['raises-exception', { isOfCell: true }],
  ['ignore', { hasValue: true, isOfCell: true }]
]);

/** What the tags of a cell say of the pipeline. */
export interface IReading {
  readonly role: Role | null;
  /** The step it names, also while it is skipped. */
  readonly step: string | null;
  /** The word that says the role, such as `imports`; null without a role. */
  readonly word: string | null;
  /** The tags of options, as written, each once. */
  readonly options: readonly string[];
}

interface ITag extends IWord {
  readonly word: string;
  readonly value: string;
}

function parse(tag: unknown): ITag | null {
  if (typeof tag !== 'string') {
    return null;
  }
  const colon = tag.indexOf(':');
  const word = (colon < 0 ? tag : tag.slice(0, colon)).trim();
  const known = VOCABULARY.get(word);
  if (known === undefined || (known.hasValue ?? false) !== colon >= 0) {
    return null;
  }
  const value = colon < 0 ? '' : tag.slice(colon + 1).trim();
  return known.hasValue && value === '' ? null : { ...known, word, value };
}

/** The value of `metadata.tags` as a list; anything else than a list is an empty one. */
export function listOf(tags: unknown): readonly unknown[] {
  return Array.isArray(tags) ? tags : [];
}

/** Read the value of a cell's `metadata.tags`, as the server does. */
export function readTags(tags: unknown): IReading {
  const said = listOf(tags)
    .map(parse)
    .filter(tag => tag !== null);
  const written = listOf(tags).filter((tag): tag is string => isOption(tag));
  const options = [...new Set(written.map(tag => tag.trim()))];
  const roles = said.filter(tag => tag.role !== undefined);
  const skip = roles.find(tag => tag.role === 'skip');
  const step = roles.find(tag => tag.role === 'step');
  const other = roles.find(tag => tag.role !== 'step' && tag.role !== 'skip');
  if (skip) {
    // The step that it belongs to again when it is not skipped any more.
    return { role: 'skip', step: step?.value ?? null, word: skip.word, options };
  }
  // Metrics may belong to a named step; of other contradictions the step wins, and the server tells them.
  const isMetrics = other?.role === 'metrics';
  const first = step && !isMetrics ? step : (other ?? step);
  const name = step?.value ?? null;
  return { role: first?.role ?? null, step: name, word: first?.word ?? null, options };
}

/** Whether a tag says what its cell is for. */
export function isRole(tag: unknown): boolean {
  return parse(tag)?.role !== undefined;
}

/** Whether a tag asks something of the whole step. */
export function isOption(tag: unknown): boolean {
  const read = parse(tag);
  return read !== null && read.role === undefined && read.isOfCell !== true;
}

/** Whether a list of tags holds any that makes a notebook a pipeline. */
export function isTagged(tags: unknown): boolean {
  return listOf(tags).some(tag => isRole(tag) || isOption(tag));
}

/** The list with `made` where the first of `gone` was, or at its end. */
function replace(tags: unknown, gone: (tag: unknown) => boolean, made: readonly string[]): unknown[] {
  const list = listOf(tags);
  const place = list.findIndex(gone);
  const before = (place < 0 ? list : list.slice(0, place)).filter(tag => !gone(tag));
  const after = place < 0 ? [] : list.slice(place).filter(tag => !gone(tag));
  return [...before, ...made.filter(tag => !before.includes(tag) && !after.includes(tag)), ...after];
}

/** The tags of a cell that shall belong to a step; its options come along. */
export function setStep(tags: unknown, step: string): unknown[] {
  const read = readTags(tags);
  return read.role === 'step' && read.step === step && listOf(tags).filter(isRole).length === 1
    ? [...listOf(tags)]
    : replace(tags, isRole, [`step:${step.trim()}`]);
}

/**
 * The tags of a cell that shall have a role, `parameters`, `setup`, `pipeline-metrics` or `skip`; none with null.
 *
 * Options go where no step would have them; without a role the step above would get them, which nobody asked for.
 * A cell that is skipped keeps its other tags, and `skip` once more takes it in again.
 */
export function setRole(tags: unknown, word: string | null): unknown[] {
  const role = word === null ? undefined : VOCABULARY.get(word)?.role;
  if (word === null || role === undefined || role === 'step') {
    return listOf(tags).filter(tag => !isRole(tag) && !isOption(tag));
  }
  const read = readTags(tags);
  if (role === 'metrics') {
    return replace(tags, tag => isRole(tag) && parse(tag)?.role !== 'step', [word]);
  }
  if (role === 'skip') {
    // Its other tags stay, so that it is what it was when it is not skipped any more.
    return read.role === 'skip'
      ? listOf(tags).filter(tag => parse(tag)?.role !== 'skip')
      : [...listOf(tags), word];
  }
  const kept = listOf(tags).filter(tag => !isOption(tag));
  return read.role === role && kept.filter(isRole).length === 1 ? [...kept] : replace(kept, isRole, [word]);
}

/** The tags of a cell with these options instead of those that it has. */
export function setOptions(tags: unknown, options: readonly string[]): unknown[] {
  return replace(tags, isOption, options);
}

/** The tags of a cell after a step was given another name, wherever they name it. */
export function renameStep(tags: unknown, from: string, to: string): unknown[] {
  const renamed = listOf(tags).map(tag => {
    const read = parse(tag);
    const isNamed = read !== null && (read.role === 'step' || read.word === 'prev') && read.value === from;
    return isNamed ? `${read.word}:${to}` : tag;
  });
  return renamed.filter((tag, index) => renamed.indexOf(tag) === index);
}

/** The form in which names of steps must differ, the same as the server's. */
export function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** Why a text is no name for a step; null when it is one. */
export type BadName = 'empty' | 'long' | 'characters' | 'taken';

/** Say whether a text may be the name of a step beside those that there are. */
export function checkName(text: string, taken: readonly string[]): BadName | null {
  const name = text.trim();
  if (name === '') {
    return 'empty';
  }
  if (name.length > 100) {
    return 'long';
  }
  // Control characters, separators of lines, and halves of characters; commas part tags in JupyterLab's editor.
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp},]/u.test(name)) {
    return 'characters';
  }
  return taken.some(other => folded(other) === folded(name)) ? 'taken' : null;
}

const UNITS: ReadonlyMap<string, string> = new Map([
  ['ms', 'ms'],
  ['s', 's'],
  ['m', 'min'],
  ['min', 'min'],
  ['h', 'h'],
  ['d', 'd']
]);

/** What a pill shows of an option: `retry 2`, `30 min`, `cpu 2`. Words that are no tags' stay English, as tags do. */
export function shortOption(tag: string): string {
  const read = parse(tag);
  if (read === null) {
    return tag;
  }
  const { word, value } = read;
  switch (word) {
    case 'timeout':
      return /^[\d.]+$/.test(value)
        ? `${value} s`
        : value
            .replace(/([\d.]+)\s*([a-z]+)\s*/g, (_, n: string, u: string) => `${n} ${UNITS.get(u) ?? u} `)
            .trim();
    case 'prev':
      return `after ${value}`;
    case 'cache':
      return value === 'enabled' ? 'cache' : 'no cache';
    case 'limit': {
      const colon = value.lastIndexOf(':');
      return colon < 0 ? value : `${value.slice(0, colon)} ${value.slice(colon + 1)}`;
    }
    case 'secret':
      return `secret ${value.split(':')[0] ?? ''}`;
    default:
      return `${word} ${value}`;
  }
}
