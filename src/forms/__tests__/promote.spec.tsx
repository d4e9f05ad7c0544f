import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Form } from '../../api/client';
import { askPromotion } from '../promote';
import { accept, closeAll, finding, type IAsked, labOf, one, openDialog, parameter, type } from './server';

const INSPECTION: Form<'Inspection'> = {
  path: 'work/churn model.ipynb',
  pipeline: { name: 'churn', steps: [], parameters: [parameter('region', 'str', { required: true })] },
  cells: [],
  findings: []
};

const JOBS = [{ name: 'churn-model', version: 3 }];

function answers({ method, path }: IAsked): { body: unknown } {
  return method === 'GET' && path === '/jobs'
    ? { body: { jobs: JOBS } }
    : { body: { version: { name: 'churn', number: 4 }, notes: [] } };
}

async function open(more: Partial<Form<'Inspection'>> = {}) {
  const lab = labOf(answers);
  const done = askPromotion(lab.mlops, { ...INSPECTION, ...more });
  const dialog = await openDialog();
  const note = (): string => one(dialog, '#jp-mlops-job-note', HTMLElement).textContent;
  return { ...lab, done, dialog, name: one(dialog, '#jp-mlops-job', HTMLInputElement), note };
}

afterEach(closeAll);

describe('the form of a promotion', () => {
  it('begins with a name made of the notebook, and says which version it will be', async () => {
    const { dialog, name, note } = await open();
    expect(dialog.textContent).toContain('Promote churn model.ipynb to a job');
    expect(name.value).toBe('churn-model');
    await vi.waitFor(() => {
      expect(note()).toBe('version 4 of the job churn-model');
    });
    type(name, 'other');
    await vi.waitFor(() => {
      expect(note()).toBe('a new job');
    });
  });

  it.each(['a/b', '', '.hidden', 'two words'])('takes no %j for a name', async text => {
    const { dialog, name, note } = await open();
    expect(accept(dialog).disabled).toBe(false);
    type(name, text);
    await vi.waitFor(() => {
      expect(note()).toContain('Letters, digits, ".", "_" and "-"');
    });
    expect([name.getAttribute('aria-invalid'), accept(dialog).disabled]).toEqual(['true', true]);
  });

  it('sends the name, the note and the defaults; what is required may stay open', async () => {
    const { asked, done, dialog, name } = await open();
    type(name, 'gro\u0308\u00dfe');
    type(one(dialog, '#jp-mlops-note', HTMLInputElement), 'faster');
    type(one(dialog, '#jp-mlops-parameter-region', HTMLInputElement), 'north');
    await vi.waitFor(() => {
      expect(accept(dialog).disabled).toBe(false);
    });
    accept(dialog).click();
    expect((await done)?.version.number).toBe(4);
    expect(asked.find(each => each.method === 'POST')).toEqual({
      method: 'POST',
      path: '/jobs',
      body: {
        path: 'work/churn model.ipynb',
        job: 'gr\u00f6\u00dfe',
        note: 'faster',
        ignore: [],
        parameters: { region: 'north' },
        texts: {}
      }
    });
  });

  it('shows the checks: a notebook with an error is not promoted', async () => {
    const { done, dialog } = await open({ findings: [finding('error', 'step `fit` reads `df`')] });
    expect(one(dialog, '[role=alert]', HTMLElement).textContent).toContain('cell 4: step fit reads df');
    expect(accept(dialog).disabled).toBe(true);
    await closeAll();
    expect(await done).toBeNull();
  });
});
