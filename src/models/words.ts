/** How models are written: aliases, gains, columns, gates. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Form } from '../api/client';
import { count, figure } from '../ui/words';

type Model = Form<'Model'>;
type Gate = Form<'Gate'>;

/** The alias of the version that counts. */
export const CHAMPION = 'champion';
/** The alias of the version that may become it. */
export const CANDIDATE = 'candidate';
/** The alias of the version that counted before. */
export const PREVIOUS = 'previous';

/** The alias that keeps what another one pointed to before. */
export function previousOf(alias: string): string {
  return alias === CHAMPION ? PREVIOUS : `${PREVIOUS}-${alias}`;
}

/** The version that an alias points to; null when there is no such alias. */
export function holderOf(aliases: readonly Form<'AliasOf'>[], alias: string): number | null {
  return aliases.find(each => each.alias === alias)?.version ?? null;
}

/** The aliases with the champion first and `previous` last. */
export function inOrder(aliases: readonly Form<'AliasOf'>[]): Form<'AliasOf'>[] {
  const rank = (alias: string): number =>
    alias === CHAMPION ? 0 : alias === PREVIOUS || alias.startsWith(`${PREVIOUS}-`) ? 2 : 1;
  return [...aliases].sort((a, b) => rank(a.alias) - rank(b.alias) || a.alias.localeCompare(b.alias));
}

/** A metric's difference to the champion's: `+0.012`, `−0.4`; empty when there is none to compare with. */
export function gainText(value: number | null, champion: number | null): string {
  if (value === null || champion === null || !Number.isFinite(value) || !Number.isFinite(champion)) {
    return '';
  }
  const change = value - champion;
  if (change === 0) {
    return '±0';
  }
  return `${change > 0 ? '+' : '−'}${figure(Number(Math.abs(change).toPrecision(3)))}`;
}

/** A metric with its difference: `accuracy 0.914 (+0.012)`. */
export function metricText(metric: Form<'Metric'>): string {
  if (metric.value === null) {
    return metric.name;
  }
  const gain = gainText(metric.value, metric.champion);
  return `${metric.name} ${figure(metric.value)}${gain === '' ? '' : ` (${gain})`}`;
}

/** What stands at the right of a model's row: `champion v4`, else another alias, else its newest version. */
export function asideText(model: Pick<Model, 'aliases' | 'latest'>): string {
  const first = inOrder(model.aliases)[0];
  return first !== undefined
    ? `${first.alias} v${first.version}`
    : model.latest === null
      ? ''
      : `v${model.latest}`;
}

/** What may follow the champion: `v5 candidate: accuracy +0.012 · 5 of 6 gates`. */
export function candidateText(candidate: Form<'Candidate'>, trans: TranslationBundle): string {
  const { version, is_named, metric, gates } = candidate;
  const who = is_named ? trans.__('v%1 candidate', version) : trans.__('v%1 newer', version);
  const gain = metric === null ? '' : gainText(metric.value, metric.champion);
  const than = metric === null ? '' : gain === '' ? metricText(metric) : `${metric.name} ${gain}`;
  const passed = gates === null ? '' : trans.__('%1 of %2 gates', gates.passed, gates.of);
  return [than === '' ? who : `${who}: ${than}`, passed].filter(part => part !== '').join(' · ');
}

/** The second line of a model's row: what may follow its champion, else how good that is; who serves it. */
export function secondText(model: Model, trans: TranslationBundle): string {
  const { latest, aliases, metric, candidate, deployments } = model;
  if (latest === null) {
    return trans.__('no version yet');
  }
  const isNews = candidate !== null && holderOf(aliases, CHAMPION) !== null;
  const parts = [
    aliases.length === 0 ? trans.__('no alias yet') : '',
    isNews ? candidateText(candidate, trans) : metric === null ? '' : metricText(metric),
    isNews || !candidate?.gates ? '' : trans.__('%1 of %2 gates', candidate.gates.passed, candidate.gates.of),
    deployments.length === 0 ? '' : trans.__('served by %1', deployments.join(', '))
  ];
  return parts.filter(part => part !== '').join(' · ');
}

/** Whether a model's row has the words in it that were typed. */
export function isLike(model: Model, typed: string): boolean {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [
    model.name,
    model.description,
    ...model.aliases.map(each => `${each.alias} v${each.version}`),
    ...model.deployments
  ]
    .join(' ')
    .toLowerCase();
  return words.every(word => text.includes(word));
}

/** Whether a scoring is not over. */
export function isGoingOn({ state }: Pick<Form<'Scoring'>, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

/** How far a scoring is: `waits`, `20,000 of 60,000 rows`, `60,000 rows`. */
export function scoringText(scoring: Form<'Scoring'>, trans: TranslationBundle): string {
  const { state, done, total } = scoring;
  switch (state) {
    case 'queued':
      return trans.__('waits');
    case 'running':
      return total === null ? trans.__('begins') : trans.__('%1 of %2 rows', count(done), count(total));
    case 'succeeded':
      return trans._n('one row', '%2 rows', done, count(done));
    case 'failed':
      return trans.__('failed');
    case 'cancelled':
      return total === null
        ? trans.__('cancelled')
        : trans.__('cancelled after %1 of %2 rows', count(done), count(total));
  }
}

/** A column's type with its shape: `double`, `float32 (-1, 28, 28)`. */
export function typeText(column: Form<'Column'>): string {
  return column.shape === null ? column.type : `${column.type} (${column.shape.join(', ')})`;
}

/** How the gates ended: `5 of 6 passed`, and how many do not apply. */
export function gatesText(gates: readonly Gate[], trans: TranslationBundle): string {
  const judged = gates.filter(gate => gate.status !== 'na');
  if (gates.length === 0) {
    return trans.__('no gates');
  }
  const passed = judged.filter(gate => gate.status === 'pass').length;
  const skipped = gates.length - judged.length;
  const text = judged.length === 0 ? '' : trans.__('%1 of %2 passed', passed, judged.length);
  return [text, skipped === 0 ? '' : trans._n('%1 does not apply', '%1 do not apply', skipped, skipped)]
    .filter(Boolean)
    .join(', ');
}

/** The gates that refuse. */
export function failing(gates: readonly Gate[]): Gate[] {
  return gates.filter(gate => gate.status === 'fail');
}

/** A value of a gate as it is shown; empty when there is none. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'number' || typeof value === 'string') {
    return figure(value);
  }
  return JSON.stringify(value);
}

/** How wide a line of JSON may be. */
const LINE = 60;

/** A value as JSON, with what fits in a line in one line. */
export function laidOut(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const parts = Array.isArray(value)
    ? value.map(each => laidOut(each, inner))
    : Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${laidOut(each, inner)}`);
  const flat = `${open}${parts.join(', ')}${close}`;
  return indent.length + flat.length <= LINE && !flat.includes('\n')
    ? flat
    : `${open}\n${parts.map(part => inner + part).join(',\n')}\n${indent}${close}`;
}

/** How a model that a step logged is best called when it is registered: by its name, unless that is everybody's. */
export function nameFor(logged: Pick<Form<'LoggedModel'>, 'name'>, run: string): string {
  const isPlain = logged.name === '' || /^(model|estimator|best_estimator|pipeline)$/i.test(logged.name);
  return (isPlain ? run : logged.name).replace(/[/:]/g, '-');
}

/** Whether MLflow takes a name for a registered model. */
export function isModelName(name: string): boolean {
  return name.trim() !== '' && name.length <= 250 && !/[/:]/.test(name);
}
