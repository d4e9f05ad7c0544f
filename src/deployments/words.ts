/** How deployments are written: what they serve, who gets how much, milliseconds. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Form } from '../api/client';

type Deployment = Form<'Deployment'>;
type Load = Form<'Load'>;

/** A share of the requests that goes to a version. */
export interface IShare {
  readonly version: number;
  readonly percent: number;
  readonly role: 'live' | 'canary';
}

/** What is wanted, as the command line writes it: `churn@champion`, `churn/4`. */
export function refOf(model: string, alias: string | null, version: number | null): string {
  return alias !== null ? `${model}@${alias}` : version === null ? model : `${model}/${version}`;
}

/** Who gets how many of a hundred requests. */
export function sharesOf(deployment: Pick<Deployment, 'live' | 'canary' | 'percent'>): IShare[] {
  const { live, canary, percent } = deployment;
  const shares: IShare[] = [];
  if (live !== null) {
    shares.push({ version: live, percent: canary === null ? 100 : 100 - percent, role: 'live' });
  }
  if (canary !== null) {
    shares.push({ version: canary, percent, role: 'canary' });
  }
  return shares;
}

/** A piece of a text: left out where there is little room, or telling of something bad. */
export interface IPiece {
  readonly text: string;
  readonly kind?: 'wide' | 'bad';
}

/** The traffic in pieces: those that the bar below them shows as well are left out where there is little room. */
function trafficPieces(
  deployment: Pick<Deployment, 'live' | 'canary' | 'percent' | 'shadow'>,
  trans: TranslationBundle
): IPiece[][] {
  const shares = sharesOf(deployment);
  const parts = shares.map(({ version, percent, role }): IPiece[] =>
    role === 'canary'
      ? [{ text: `v${version} ${percent} %` }, { text: ` ${trans.__('canary')}`, kind: 'wide' }]
      : [
          { text: `v${version}` },
          ...(shares.length === 1 ? [] : [{ text: ` ${percent} %`, kind: 'wide' as const }])
        ]
  );
  if (deployment.shadow !== null) {
    parts.push([{ text: trans.__('v%1 shadow', deployment.shadow) }]);
  }
  return parts.length === 0 ? [[{ text: trans.__('nothing is served yet') }]] : parts;
}

function joined(parts: readonly (readonly IPiece[])[]): string {
  return parts.map(pieces => pieces.map(piece => piece.text).join('')).join(' · ');
}

/** The traffic in words: `v4 90 % · v5 10 % canary · v6 shadow`. */
export function trafficText(
  deployment: Pick<Deployment, 'live' | 'canary' | 'percent' | 'shadow'>,
  trans: TranslationBundle
): string {
  return joined(trafficPieces(deployment, trans));
}

/** How many requests come: `0 req/s`, `0.4 req/s`, `38 req/s`, `1.2k req/s`. */
export function rateText(perSecond: number, trans: TranslationBundle): string {
  const text =
    perSecond >= 999.5
      ? `${(perSecond / 1000).toFixed(perSecond >= 9950 ? 0 : 1)}k`
      : perSecond >= 9.95 || perSecond === 0
        ? perSecond.toFixed(0)
        : perSecond < 0.05
          ? '<0.1'
          : perSecond.toFixed(1);
  return trans.__('%1 req/s', text);
}

/** How long the last five minutes' answers took, and how many were errors; that there were none when so. */
function loadPieces(load: Load | null, trans: TranslationBundle): IPiece[][] {
  if (load === null) {
    return [];
  }
  if (load.requests === 0) {
    return [[{ text: trans.__('no requests') }]];
  }
  const errors = trans._n('%1 error', '%1 errors', load.errors);
  return [
    [{ text: 'p95 ', kind: 'wide' }, { text: millis(load.p95_ms) }],
    [load.errors > 0 ? { text: errors, kind: 'bad' } : { text: errors }]
  ];
}

/** Whether a row says why a deployment is not well, instead of what it does. */
export function isIll({ status, message }: Pick<Deployment, 'status' | 'message'>): boolean {
  return (status === 'failed' || status === 'degraded') && message !== '';
}

/** The second line of a row: why it is not well, else its traffic, latency and errors, what was rejected. */
export function secondPieces(deployment: Deployment, trans: TranslationBundle): IPiece[][] {
  const { message, load, rejected } = deployment;
  if (isIll(deployment)) {
    return [[{ text: message }]];
  }
  if (load === null && deployment.status === 'starting' && message !== '') {
    return [...trafficPieces(deployment, trans), [{ text: trans.__('no answer'), kind: 'bad' }]];
  }
  const refusal: IPiece[][] =
    rejected === null ? [] : [[{ text: trans.__('v%1 rejected', rejected.version), kind: 'bad' }]];
  return [...trafficPieces(deployment, trans), ...refusal, ...loadPieces(load, trans)];
}

/** The second line of a row as one text. */
export function secondText(deployment: Deployment, trans: TranslationBundle): string {
  return joined(secondPieces(deployment, trans));
}

/** Whether a deployment's row has the words in it that were typed. */
export function isLike(deployment: Deployment, typed: string): boolean {
  const { name, model, alias, status, live } = deployment;
  const text = [name, refOf(model, alias, live), status, live === null ? '' : `v${live}`]
    .join(' ')
    .toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word));
}

/** The version to give requests to next: the newest that was not rejected, else the newest. */
export function fittest(
  deployment: Pick<Form<'DeploymentDetail'>, 'versions'>,
  others: readonly number[]
): number | undefined {
  const rejected = deployment.versions.filter(each => each.state === 'rejected').map(each => each.version);
  return others.find(version => !rejected.includes(version)) ?? others[0];
}

/** A time in milliseconds: `0.42 ms`, `4.1 ms`, `38 ms`, `1.2 s`; a dash when there is none. */
export function millis(value: number | null): string {
  if (value === null) {
    return '–';
  }
  if (value >= 1000) {
    return `${(value / 1000).toFixed(value >= 9950 ? 0 : 1)} s`;
  }
  return `${value.toFixed(value >= 9.95 ? 0 : value >= 0.995 ? 1 : 2)} ms`;
}

/** Whether the server takes a name for a deployment. */
export function isDeploymentName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name);
}

/** A name for a deployment of a model that is not taken yet. */
export function freeName(model: string, taken: readonly string[]): string {
  const plain =
    model
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 60) || 'model';
  let name = plain;
  for (let number = 2; taken.includes(name); number += 1) {
    name = `${plain.slice(0, 58)}-${number}`;
  }
  return name;
}

/** What a roll back does now: it ends the canary, or else serves again what was served before; or why it does nothing. */
export function rollbackOf(
  deployment: Pick<Form<'DeploymentDetail'>, 'status' | 'live' | 'canary' | 'previous'>,
  trans: TranslationBundle
): { label: string; isEnabled: boolean; why: string } {
  const { status, live, canary, previous } = deployment;
  if (status === 'stopped') {
    const why = trans.__('It is stopped: start it first.');
    return { label: trans.__('Roll back…'), isEnabled: false, why };
  }
  if (canary !== null) {
    const label = trans.__('End canary v%1…', canary);
    return { label, isEnabled: true, why: trans.__('All requests go to v%1 again.', live ?? '?') };
  }
  return previous === null
    ? {
        label: trans.__('Roll back…'),
        isEnabled: false,
        why: trans.__('It has served no other version: there is nothing to go back to.')
      }
    : {
        label: trans.__('Roll back to v%1…', previous),
        isEnabled: true,
        why: trans.__('It serves v%1 again instead of v%2.', previous, live ?? '?')
      };
}
