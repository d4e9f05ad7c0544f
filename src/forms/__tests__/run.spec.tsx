import { afterEach, describe, expect, it, vi } from 'vitest';

import type { IMlops } from '../../context';
import { recall, remember } from '../remembered';
import { askRun, type IRunTarget } from '../run';
import {
  accept,
  closeAll,
  finding,
  type IAsked,
  labelled,
  labOf,
  one,
  openDialog,
  parameter,
  type
} from './server';

const TARGET: IRunTarget = {
  body: { path: 'work/churn.ipynb' },
  name: 'churn.ipynb',
  parameters: [
    parameter('rows', 'int', { default: 100, default_text: '100' }),
    parameter('region', 'str', { required: true }),
    parameter('fast', 'bool', { default: true, default_text: 'true' }),
    parameter('model', "Literal['tree', 'line']", { default: 'tree', default_text: 'tree' }),
    parameter('rate', 'Optional[float]'),
    parameter('api_key', 'str', { default: '', default_text: '' })
  ],
  steps: ['load', 'fit', 'score'],
  findings: [],
  chosen: null
};

const STARTED = (): { body: unknown } => ({ body: { id: 'r1', notes: [] } });

/** Open the form of a run; `done` is what it comes to. */
async function open(
  lab: { mlops: IMlops; asked: IAsked[] },
  target: Partial<IRunTarget> = {},
  isRemembered = true
) {
  const done = askRun(lab.mlops, { ...TARGET, ...target }, isRemembered);
  const dialog = await openDialog();
  return {
    done,
    dialog,
    field: (name: string) => one(dialog, `#jp-mlops-parameter-${name}`, HTMLInputElement)
  };
}

function noteOf(dialog: HTMLElement, name: string): string {
  return one(dialog, `#jp-mlops-parameter-${name}-note`, HTMLElement).textContent;
}

afterEach(closeAll);

describe('the form of a run', () => {
  it('has a field for each type, with its default', async () => {
    const { dialog, field } = await open(labOf(STARTED));
    expect(dialog.textContent).toContain('Run churn.ipynb as a pipeline');
    expect([field('rows').type, field('rows').value, field('rows').inputMode]).toEqual([
      'text',
      '100',
      'numeric'
    ]);
    expect([field('fast').type, field('fast').checked]).toEqual(['checkbox', true]);
    const model = one(dialog, '#jp-mlops-parameter-model', HTMLSelectElement);
    expect([[...model.options].map(option => option.text), model.value]).toEqual([['tree', 'line'], 'tree']);
    expect(field('rate').disabled).toBe(true);
    expect(labelled(one(dialog, '[data-parameter=rate]', HTMLElement), 'None').checked).toBe(true);
    expect(field('api_key').type).toBe('password');
    expect(one(dialog, '[data-parameter=region]', HTMLElement).textContent).toContain('str required');
  });

  it('asks for what is needed before it can be sent, and says what is wrong only of what was typed', async () => {
    const { dialog, field } = await open(labOf(STARTED));
    expect(accept(dialog).disabled).toBe(true);
    expect(noteOf(dialog, 'region')).toBe('');
    type(field('region'), 'north');
    await vi.waitFor(() => {
      expect(accept(dialog).disabled).toBe(false);
    });
    type(field('rows'), '1.5');
    await vi.waitFor(() => {
      expect(noteOf(dialog, 'rows')).toContain('This is not a whole number.');
    });
    expect(field('rows').getAttribute('aria-invalid')).toBe('true');
    expect(accept(dialog).disabled).toBe(true);
    one(dialog, '[data-parameter=rows] .jp-MlopsField-reset', HTMLButtonElement).click();
    await vi.waitFor(() => {
      expect([field('rows').value, accept(dialog).disabled]).toEqual(['100', false]);
    });
  });

  it('sends what differs from the defaults: texts of types, and texts as they are', async () => {
    const lab = labOf(STARTED);
    const { done, dialog, field } = await open(lab);
    type(field('region'), ' 12 ');
    type(field('rows'), '12345678901234567890');
    field('fast').click();
    labelled(dialog, 'Run every step').click();
    await vi.waitFor(() => {
      expect(accept(dialog).disabled).toBe(false);
    });
    accept(dialog).click();
    expect((await done)?.id).toBe('r1');
    expect(lab.asked).toEqual([
      {
        method: 'POST',
        path: '/runs',
        body: {
          path: 'work/churn.ipynb',
          job: null,
          parameters: { region: ' 12 ' },
          texts: { rows: '12345678901234567890', fast: 'false' },
          steps: null,
          from_step: null,
          no_cache: true,
          ignore: []
        }
      }
    ]);
  });

  it('runs only the steps that are ticked, in their order, and none is no choice', async () => {
    const lab = labOf(STARTED);
    const { done, dialog, field } = await open(lab, { chosen: ['score', 'gone'] });
    type(field('region'), 'north');
    expect(labelled(dialog, 'only some').checked).toBe(true);
    expect([labelled(dialog, 'load').checked, labelled(dialog, 'score').checked]).toEqual([false, true]);
    labelled(dialog, 'score').click();
    await vi.waitFor(() => {
      expect([labelled(dialog, 'score').checked, accept(dialog).disabled]).toEqual([false, true]);
    });
    labelled(dialog, 'score').click();
    labelled(dialog, 'load').click();
    await vi.waitFor(() => {
      expect(accept(dialog).disabled).toBe(false);
    });
    accept(dialog).click();
    await done;
    expect(lab.asked[0]?.body).toMatchObject({ steps: ['load', 'score'], from_step: null, no_cache: false });
  });

  it('runs from a step on', async () => {
    const lab = labOf(STARTED);
    const { done, dialog, field } = await open(lab);
    type(field('region'), 'north');
    labelled(dialog, 'from a step on').click();
    const first = await vi.waitFor(() =>
      one(dialog, '[aria-label="The first step that runs"]', HTMLSelectElement)
    );
    type(first, 'fit');
    accept(dialog).click();
    await done;
    expect(lab.asked[0]?.body).toMatchObject({ steps: null, from_step: 'fit' });
  });

  it('begins with what was typed the last time, without secrets', async () => {
    const lab = labOf(STARTED);
    const first = await open(lab);
    type(first.field('region'), 'north');
    type(first.field('rows'), '7');
    type(first.field('api_key'), 'hush');
    await vi.waitFor(() => {
      expect(accept(first.dialog).disabled).toBe(false);
    });
    accept(first.dialog).click();
    await first.done;
    expect(await recall(lab.mlops.state, 'work/churn.ipynb')).toEqual({ region: 'north', rows: '7' });
    // As if it had been kept before its name was known to be a secret.
    await remember(lab.mlops.state, 'work/churn.ipynb', { region: 'north', rows: '7', api_key: 'hush' });
    const second = await open(lab);
    expect([second.field('region').value, second.field('rows').value]).toEqual(['north', '7']);
    expect(second.field('api_key').value).toBe('');
    expect(noteOf(second.dialog, 'rows')).toBe('default: 100');
    await closeAll();
    const other = await open(lab, { body: { path: 'other.ipynb' } });
    expect(other.field('rows').value).toBe('100');
    await closeAll();
    const unremembered = await open(lab, {}, false);
    expect(unremembered.field('rows').value).toBe('100');
  });

  it('stays open with what the server says, as text', async () => {
    let isRefused = true;
    const lab = labOf(() =>
      isRefused
        ? {
            status: 400,
            body: {
              code: 'parameter.value',
              message: '`<b>rows</b>` is too large',
              hint: 'take less',
              findings: []
            }
          }
        : STARTED()
    );
    const { done, dialog, field } = await open(lab);
    type(field('region'), 'north');
    await vi.waitFor(() => {
      expect(accept(dialog).disabled).toBe(false);
    });
    accept(dialog).click();
    const problem = await vi.waitFor(() => one(dialog, '[role=alert]', HTMLElement));
    expect(problem.textContent).toContain('<b>rows</b> is too largetake less');
    expect([problem.querySelector('b'), problem.querySelector('code')?.textContent]).toEqual([
      null,
      '<b>rows</b>'
    ]);
    isRefused = false;
    await vi.waitFor(() => {
      expect(accept(dialog).disabled).toBe(false);
    });
    accept(dialog).click();
    expect((await done)?.id).toBe('r1');
  });

  it('does not run a notebook with an error, and folds warnings', async () => {
    const findings = [finding('warning', 'step `fit` is slow'), finding('error', 'step `fit` reads `df`')];
    const { done, dialog, field } = await open(labOf(STARTED), { findings });
    type(field('region'), 'north');
    expect(one(dialog, '[role=alert]', HTMLElement).textContent).toContain(
      'One error must be mended or ignored first:'
    );
    expect(one(dialog, 'details summary', HTMLElement).textContent).toBe('One warning');
    expect([...dialog.querySelectorAll('[role=alert] code')].map(code => code.textContent)).toEqual([
      'fit',
      'df',
      'df'
    ]);
    expect(accept(dialog).disabled).toBe(true);
    await closeAll();
    expect(await done).toBeNull();
  });
});
