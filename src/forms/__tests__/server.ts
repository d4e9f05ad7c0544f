/** What the specs of the forms share: JupyterLab as far as a form needs it, and a server that only speaks HTTP. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ServerConnection } from '@jupyterlab/services';
import { StateDB } from '@jupyterlab/statedb';
import { nullTranslator } from '@jupyterlab/translation';
import { expect, vi } from 'vitest';

import { Client, type Form } from '../../api/client';
import type { IMlops } from '../../context';

/** A request as it reached the server. */
export interface IAsked {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown> | null;
}

type Answers = (asked: IAsked) => { status?: number; body: unknown };

/** JupyterLab against a server that answers so. */
export function labOf(answers: Answers): { mlops: IMlops; asked: IAsked[] } {
  const asked: IAsked[] = [];
  const fetch = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request;
    const text = await request.text();
    const one: IAsked = {
      method: request.method,
      path: new URL(request.url).pathname.replace('/mlops/api/v1', ''),
      body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>)
    };
    asked.push(one);
    const { status = 200, body } = answers(one);
    return new Response(JSON.stringify(body), { status });
  };
  const mlops: IMlops = {
    app: {} as JupyterFrontEnd,
    client: new Client(ServerConnection.makeSettings({ baseUrl: 'http://lab.invalid/', fetch })),
    live: {} as IMlops['live'],
    trans: nullTranslator.load('jupyter_mlops'),
    state: new StateDB(),
    rendermime: null,
    inspector: null
  };
  return { mlops, asked };
}

/** A parameter of a pipeline. */
export function parameter(
  name: string,
  type: string,
  more: Partial<Form<'Parameter'>> = {}
): Form<'Parameter'> {
  return {
    name,
    type,
    default: null,
    default_text: null,
    required: false,
    computed: false,
    cell: 0,
    cell_number: 1,
    ...more
  };
}

/** A finding of a notebook. */
export function finding(severity: Form<'Finding'>['severity'], message: string): Form<'Finding'> {
  return {
    code: 'name.unknown',
    severity,
    cell: 3,
    cell_number: 4,
    line: 1,
    message,
    hint: 'define `df` above',
    ignored: false,
    ignored_by: '',
    fixes: []
  };
}

/** The dialog that is open, once its form is drawn. */
export async function openDialog(): Promise<HTMLElement> {
  return vi.waitFor(() => {
    const dialog = one(document, '.jp-MlopsFormDialog', HTMLElement);
    expect(one(dialog, '.jp-MlopsForm', HTMLElement).childElementCount).toBeGreaterThan(0);
    return dialog;
  });
}

/** The node of a selector; it must be there. */
export function one<T extends HTMLElement>(
  node: ParentNode,
  selector: string,
  kind: abstract new () => T
): T {
  const found = node.querySelector(selector);
  if (!(found instanceof kind)) {
    throw new Error(`nothing is ${selector}`);
  }
  return found;
}

/** The box or circle whose label says so. */
export function labelled(node: HTMLElement, words: string): HTMLInputElement {
  const label = [...node.querySelectorAll('label')].find(each => each.textContent.includes(words));
  if (label === undefined) {
    throw new Error(`no label says ${words}`);
  }
  return one(label, 'input', HTMLInputElement);
}

/** Type into a field as a user does: React hears what the browser's own setter leaves behind. */
export function type(field: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement, text: string): void {
  const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field) as object, 'value')?.set;
  setter?.call(field, text);
  field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }));
}

/** The button that sends the form. */
export function accept(dialog: HTMLElement): HTMLButtonElement {
  return one(dialog, '.jp-Dialog-footer .jp-mod-accept', HTMLButtonElement);
}

/** Close whatever is open, as Escape does. */
export async function closeAll(): Promise<void> {
  document.querySelectorAll<HTMLButtonElement>('.jp-MlopsFormDialog .jp-mod-reject').forEach(button => {
    button.click();
  });
  await vi.waitFor(() => {
    expect(document.querySelector('.jp-MlopsFormDialog')).toBeNull();
  });
}
