/** What the specs of models and deployments share: the lab around a component, answers as the server gives them. */

import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type React from 'react';
import { expect, vi } from 'vitest';

import type { Form } from '../../api/client';
import type { IMlops } from '../../context';
import { type IAsked, labOf, one } from '../../forms/__tests__/server';
import { Host } from '../../ui/host';

type Answers = (asked: IAsked) => { status?: number; body: unknown };

/** What the file browser shows. */
const FILES = [
  { name: 'data', path: 'data', type: 'directory' },
  { name: 'new.csv', path: 'new.csv', type: 'file' },
  { name: 'churn.ipynb', path: 'churn.ipynb', type: 'notebook' }
];

const shown: Widget[] = [];

export interface IShown {
  readonly node: HTMLElement;
  readonly mlops: IMlops;
  readonly asked: IAsked[];
  /** The commands that were executed, with their arguments. */
  readonly executed: [string, unknown][];
}

/** A lab against a server that answers so, with a widget in it when there is content. */
export function show(answers: Answers, content?: (host: Host) => React.JSX.Element): IShown {
  const { mlops: plain, asked } = labOf(answers);
  const executed: [string, unknown][] = [];
  const execute = (id: string, args: unknown): Promise<void> => {
    executed.push([id, args]);
    return Promise.resolve();
  };
  const live = { reach: 'answers', check: vi.fn() } as unknown as IMlops['live'];
  Object.assign(live, { changed: new Signal(live), stateChanged: new Signal(live) });
  const contents = { get: () => Promise.resolve({ content: FILES }), localPath: (path: string) => path };
  const serviceManager = { contents };
  const mlops: IMlops = {
    ...plain,
    live,
    app: { commands: { execute }, serviceManager } as unknown as IMlops['app']
  };
  const host = new Host(mlops, content ?? (() => null as unknown as React.JSX.Element));
  Widget.attach(host, document.body);
  shown.push(host);
  return { node: host.node, mlops, asked, executed };
}

/** Take everything away. */
export function clear(): void {
  shown.splice(0).forEach(widget => {
    widget.dispose();
  });
  document.body.replaceChildren();
}

/** Wait until a node says so. */
export async function says(node: ParentNode, text: string): Promise<void> {
  await vi.waitFor(() => {
    expect(node.textContent).toContain(text);
  });
}

/** Click what says so. */
export function click(node: ParentNode, text: string, kind = 'button'): void {
  const found = [...node.querySelectorAll<HTMLElement>(kind)].find(each => each.textContent.includes(text));
  expect(found, text).toBeDefined();
  found?.click();
}

/** The dialog that is open. */
export async function dialog(): Promise<HTMLElement> {
  return vi.waitFor(() => one(document, '.jp-Dialog', HTMLElement));
}

/** Wait until no dialog is open. */
export async function noDialog(): Promise<void> {
  await vi.waitFor(() => {
    expect(document.querySelector('.jp-Dialog')).toBeNull();
  });
}

/** Close the dialogs, as Escape does. */
export async function cancelAll(): Promise<void> {
  document.querySelectorAll<HTMLButtonElement>('.jp-Dialog .jp-mod-reject').forEach(button => {
    button.click();
  });
  await noDialog();
}

/** A text that would do harm if it were HTML. */
export const EVIL = '<img src=x onerror="globalThis.harmed=1"><script>globalThis.harmed=1</script>';

export const ORIGIN: Form<'Origin'> = {
  run: 'a'.repeat(32),
  run_name: 'churn',
  step: 'fit',
  job: 'nightly',
  job_version: 3,
  notebook: 'churn.ipynb',
  path: 'work/churn.ipynb',
  mlflow_run: 'b'.repeat(32),
  git_commit: 'c'.repeat(40)
};

export function model(more: Partial<Form<'Model'>> = {}): Form<'Model'> {
  return {
    name: 'churn',
    description: '',
    latest: 2,
    versions: 2,
    aliases: [{ alias: 'champion', version: 1, is_outside: false }],
    updated_at: null,
    metric: null,
    candidate: null,
    deployments: [],
    ...more
  };
}

export function version(number: number, more: Partial<Form<'VersionRow'>> = {}): Form<'VersionRow'> {
  return {
    version: number,
    created_at: '2026-11-20T10:00:00Z',
    author: 'ada',
    status: 'READY',
    aliases: [],
    description: '',
    origin: ORIGIN,
    metrics: [{ name: 'accuracy', value: 0.9 + number / 100, champion: 0.91 }],
    deployments: [],
    ...more
  };
}

export function modelDetail(more: Partial<Form<'ModelDetail'>> = {}): Form<'ModelDetail'> {
  const champion = { alias: 'champion', version: 1, is_outside: true };
  return {
    name: 'churn',
    description: '',
    tags: {},
    aliases: [champion],
    versions: [version(2), version(1, { aliases: [champion] })],
    deployments: [],
    gates: { source: 'none', yaml: '', rules: [] },
    ...more
  };
}

export function versionDetail(
  number: number,
  more: Partial<Form<'VersionDetail'>> = {}
): Form<'VersionDetail'> {
  return {
    ...version(number),
    model: 'churn',
    source: 'models:/m-1',
    tags: { 'mlops.run': 'x', team: 'growth' },
    params: { C: '1.0' },
    flavors: ['sklearn', 'python_function'],
    formats: [
      { file: 'model.pkl', name: 'pickle', size: 12_000, is_code: true, note: 'calls `os.system`' },
      { file: 'model.skops', name: 'skops', size: 3000, is_code: false, note: '' }
    ],
    size: 15_000,
    requirements: ['scikit-learn==1.6'],
    signature: {
      inputs: [{ name: 'tenure', type: 'double', is_required: true, shape: null, default: null }],
      outputs: [{ name: null, type: 'long', is_required: true, shape: [-1], default: null }],
      params: []
    },
    example: { dataframe_split: { columns: ['tenure'], data: [[1]] } },
    unreadable: '',
    ...more
  };
}

export function gate(
  status: Form<'Gate'>['status'],
  rule: string,
  more: Partial<Form<'Gate'>> = {}
): Form<'Gate'> {
  return { rule, status, message: `${rule} says so`, value: null, threshold: null, evidence: {}, ...more };
}

export function report(...gates: Form<'Gate'>[]): Form<'GateReport'> {
  const isOpen = gates.every(each => each.status !== 'fail');
  return { model: 'churn', version: 2, alias: 'champion', champion: 1, is_open: isOpen, gates };
}

export function move(more: Partial<Form<'AliasMove'>> = {}): Form<'AliasMove'> {
  return {
    seq: 1,
    alias: 'champion',
    from_version: null,
    to_version: 1,
    kind: 'promote',
    status: 'done',
    author: 'ada',
    reason: '',
    run: null,
    gates: [],
    created_at: '2026-11-20T10:00:00Z',
    ...more
  };
}

export function deployment(more: Partial<Form<'Deployment'>> = {}): Form<'Deployment'> {
  return {
    name: 'shop',
    model: 'churn',
    alias: 'champion',
    status: 'ready',
    message: '',
    hint: '',
    live: 1,
    canary: null,
    percent: 0,
    shadow: null,
    url: 'http://127.0.0.1:4123',
    created_at: '2026-11-20T10:00:00Z',
    author: 'ada',
    load: null,
    rejected: null,
    ...more
  };
}

export function served(number: number, more: Partial<Form<'ServedVersion'>> = {}): Form<'ServedVersion'> {
  return {
    version: number,
    role: 'live',
    percent: 100,
    state: 'ready',
    message: '',
    pids: [41],
    restarts: 0,
    requests: 1200,
    errors: 0,
    p50_ms: 2,
    p95_ms: 4,
    p99_ms: 9,
    agreement: null,
    sandbox: 'landlock-4',
    since: '2026-11-20T10:00:00Z',
    ...more
  };
}

export function deploymentDetail(more: Partial<Form<'DeploymentDetail'>> = {}): Form<'DeploymentDetail'> {
  const { signature, example } = versionDetail(1);
  return {
    ...deployment(),
    versions: [served(1)],
    previous: null,
    events: [],
    signature,
    example,
    snippets: { curl: 'curl -H "Authorization: Bearer $TOKEN"', python: 'os.environ["TOKEN"]' },
    proxy: 'mlops/api/v1/deployments/shop/serve/',
    limits: { body_bytes: 16_000_000, time_s: 60, concurrency: 256 },
    log: { sample: 0.1, exclude: [] },
    ...more
  };
}
