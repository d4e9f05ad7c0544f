import { afterEach, describe, expect, it, vi } from 'vitest';

import { accept, type IAsked, one, type as write } from '../../forms/__tests__/server';
import { editGates, promoteModel, registerModel, rollbackModel } from '../verbs';
import {
  cancelAll,
  clear,
  deployment,
  dialog,
  gate,
  modelDetail,
  move,
  noDialog,
  report,
  says,
  show,
  versionDetail
} from './lab';

afterEach(async () => {
  await cancelAll();
  clear();
});

const posted = (asked: readonly IAsked[]): IAsked[] => asked.filter(each => each.method !== 'GET');

/** A registry with a champion v1 and a v2, a deployment that follows, and gates that say this. */
function registry(...gates: ReturnType<typeof gate>[]) {
  return ({ method, path }: IAsked): { status?: number; body: unknown } => {
    if (method === 'POST') {
      const moved = move({ from_version: 1, to_version: 2 });
      return { body: { model: 'churn', move: moved, aliases: [] } };
    }
    if (path.endsWith('/gates')) {
      return { body: report(...gates) };
    }
    if (path.endsWith('/history')) {
      return { body: { moves: [move({ from_version: 3, to_version: 1 })], held: [] } };
    }
    if (path === '/deployments') {
      return { body: { deployments: [deployment(), deployment({ name: 'other', alias: null })] } };
    }
    if (path === '/models') {
      return { body: { models: [{ name: 'churn' }, { name: 'demand' }] } };
    }
    return { body: modelDetail() };
  };
}

describe('promoting', () => {
  it('names its target, says what follows, and sends nothing before yes', async () => {
    const { mlops, asked } = show(registry(gate('pass', 'metric')));
    const done = promoteModel(mlops, 'churn', 2, null);
    const box = await dialog();
    await says(box, '1 of 1 passed');
    expect(box.textContent).toContain('Promote "churn" v2?');
    expect(box.textContent).toContain('It is v1 now, which is kept as previous.');
    expect(box.textContent).toContain('Served by "shop": v2 is loaded');
    expect(posted(asked)).toEqual([]);
    accept(box).click();
    await done;
    expect(posted(asked)).toEqual([
      {
        method: 'POST',
        path: '/models/churn/promote',
        body: { version: 2, alias: 'champion', reason: '' }
      }
    ]);
  });

  it('asks for a reason when a gate fails, and records it', async () => {
    const { mlops, asked } = show(registry(gate('pass', 'metric'), gate('fail', 'approval')));
    const done = promoteModel(mlops, 'churn', 2, null);
    const box = await dialog();
    await says(box, 'Why this gate is overridden');
    expect(accept(box).disabled).toBe(true);
    write(one(box, 'textarea', HTMLTextAreaElement), '  ');
    expect(accept(box).disabled).toBe(true);
    write(one(box, 'textarea', HTMLTextAreaElement), ' the data changed ');
    await vi.waitFor(() => {
      expect(accept(box).disabled).toBe(false);
    });
    accept(box).click();
    await done;
    expect(posted(asked)[0]?.body).toEqual({ version: 2, alias: 'champion', reason: 'the data changed' });
  });

  it('asks the gates again for another alias, and takes none that it holds', async () => {
    const { mlops, asked } = show(registry(gate('pass', 'metric')));
    const done = promoteModel(mlops, 'churn', 1, 'champion');
    const box = await dialog();
    await says(box, 'It points to v1 already');
    expect(accept(box).disabled).toBe(true);
    expect(asked.some(each => each.path.endsWith('/gates'))).toBe(false);
    write(one(box, 'input', HTMLInputElement), 'a/b');
    await says(box, 'A name without "/"');
    write(one(box, 'input', HTMLInputElement), 'staging');
    await says(box, '1 of 1 passed');
    expect(box.textContent).toContain('The alias is new.');
    await cancelAll();
    await done;
    expect(posted(asked)).toEqual([]);
  });

  it('stays open with what the server refused', async () => {
    const open = registry(gate('pass', 'metric'));
    const refused = {
      code: 'model.gates',
      message: 'gate `approval` fails',
      hint: 'approve it',
      findings: []
    };
    const { mlops } = show(asked => (asked.method === 'POST' ? { status: 409, body: refused } : open(asked)));
    const done = promoteModel(mlops, 'churn', 2, null);
    const box = await dialog();
    await says(box, '1 of 1 passed');
    accept(box).click();
    await says(box, 'gate approval fails');
    await cancelAll();
    await done;
  });

  it('asks which model when none is named, and takes only one that there is', async () => {
    const { mlops, asked } = show(registry(gate('pass', 'metric')));
    const done = promoteModel(mlops, null, null, null);
    const box = await dialog();
    await says(box, 'Promote a Model');
    expect(accept(box).disabled).toBe(true);
    write(one(box, 'input', HTMLInputElement), 'churn');
    await vi.waitFor(() => {
      expect(accept(box).disabled).toBe(false);
    });
    accept(box).click();
    await vi.waitFor(() => {
      expect(document.body.textContent).toContain('Promote "churn" v2?');
    });
    await cancelAll();
    await done;
    expect(posted(asked)).toEqual([]);
  });
});

describe('rolling back', () => {
  it('says from where to where, and sends the reason', async () => {
    const versions = modelDetail().versions;
    const [first] = versions;
    const three = first === undefined ? [] : [{ ...first, version: 3 }];
    const plain = registry();
    const { mlops, asked } = show(each =>
      each.path === '/models/churn'
        ? { body: modelDetail({ versions: [...three, ...versions] }) }
        : plain(each)
    );
    const done = rollbackModel(mlops, 'churn', null);
    const box = await dialog();
    await says(box, 'Roll back champion of "churn"?');
    await says(box, 'from v1 back to v3');
    expect(posted(asked)).toEqual([]);
    write(one(box, 'textarea', HTMLTextAreaElement), 'it was wrong');
    accept(box).click();
    await done;
    expect(posted(asked)).toEqual([
      { method: 'POST', path: '/models/churn/rollback', body: { alias: 'champion', reason: 'it was wrong' } }
    ]);
  });

  it('says that there is nothing to roll back', async () => {
    const { mlops } = show(registry());
    const done = rollbackModel(mlops, 'churn', 'staging');
    await says(await dialog(), 'has no alias staging');
    document.querySelector<HTMLButtonElement>('.jp-Dialog .jp-mod-accept')?.click();
    await done;
    await noDialog();
  });
});

describe('registering through the command', () => {
  it('asks under which name, and says which version it becomes', async () => {
    const run = 'a'.repeat(32);
    const logged = {
      id: 'm-1',
      name: 'model',
      step: 'fit',
      uri: '',
      flavors: [],
      created_at: null,
      registered: []
    };
    const { mlops, asked } = show(({ method, path }) =>
      method === 'POST'
        ? { status: 201, body: versionDetail(3) }
        : path.endsWith('/models') && path !== '/models'
          ? { body: { models: [logged] } }
          : path === '/models'
            ? { body: { models: [{ name: 'churn', latest: 2 }] } }
            : { body: { id: run, name: 'churn' } }
    );
    const done = registerModel(mlops, run, null);
    const box = await dialog();
    await says(box, 'Register the model of step "fit" of run "churn"?');
    await says(box, 'of which v2 is the newest');
    expect(posted(asked)).toEqual([]);
    accept(box).click();
    await done;
    expect(posted(asked)[0]?.body).toEqual({ run, step: 'fit', logged: 'm-1', name: 'churn' });
  });

  it('says that a run logged none', async () => {
    const { mlops } = show(({ path }) =>
      path.endsWith('/models') ? { body: { models: [] } } : { body: { id: 'x', name: 'churn' } }
    );
    const done = registerModel(mlops, 'a'.repeat(32), null);
    await says(await dialog(), 'logged no model');
    document.querySelector<HTMLButtonElement>('.jp-Dialog .jp-mod-accept')?.click();
    await done;
  });
});

describe('the gates of a model', () => {
  it('are written as they were typed', async () => {
    const plain = registry();
    const gates = { source: 'model' as const, yaml: '- signature\n', rules: [] };
    const { mlops, asked } = show(each =>
      each.path === '/models/churn' ? { body: modelDetail({ gates }) } : plain(each)
    );
    const done = editGates(mlops, 'churn');
    const box = await dialog();
    await says(box, 'Gates of "churn"');
    const field = one(box, 'textarea', HTMLTextAreaElement);
    expect(field.value).toBe('- signature\n');
    write(field, '- signature\n- approval\n');
    accept(box).click();
    await done;
    expect(posted(asked)).toEqual([
      { method: 'POST', path: '/models/churn/gates', body: { yaml: '- signature\n- approval\n' } }
    ]);
  });
});
