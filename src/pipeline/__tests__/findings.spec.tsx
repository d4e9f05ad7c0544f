import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import type { IMlops } from '../../context';
import { MlopsContext } from '../../ui/hooks';
import { Findings } from '../findings';

const shown: Root[] = [];

async function show(findings: Form<'Finding'>[]) {
  const execute = vi.fn(() => Promise.resolve());
  const apply = vi.fn();
  const mlops = {
    app: { commands: { execute } } as unknown as JupyterFrontEnd,
    trans: nullTranslator.load('jupyter_mlops'),
    inspector: { apply }
  } as unknown as IMlops;
  const node = document.body.appendChild(document.createElement('div'));
  const root = createRoot(node);
  shown.push(root);
  root.render(
    <MlopsContext.Provider value={mlops}>
      <div className="all">
        <Findings path="a.ipynb" findings={findings} />
      </div>
    </MlopsContext.Provider>
  );
  await vi.waitFor(() => {
    expect(node.querySelector('.all')).not.toBeNull();
  });
  return { node, execute, apply };
}

afterEach(() => {
  shown.splice(0).forEach(root => {
    root.unmount();
  });
  document.body.replaceChildren();
});

const FINDING: Form<'Finding'> = {
  code: 'name.unknown',
  severity: 'warning',
  cell: 4,
  cell_number: 5,
  line: 2,
  message: 'step `fit` reads `<img src=x onerror=alert(1)>`, which <b>nothing</b> defines',
  hint: 'tag it `step:load`; a lone ` is no code',
  ignored: false,
  ignored_by: '',
  fixes: [{ title: 'Tag cell 4 `prev:load`', edits: [] }]
};

describe('the findings', () => {
  it('show what stands in backticks as code, and all of it as text', async () => {
    const { node, execute, apply } = await show([FINDING]);
    const item = node.querySelector('li');
    expect(item?.textContent).toBe(
      '▲Warning: cell 5: step fit reads <img src=x onerror=alert(1)>, which <b>nothing</b> defines' +
        'tag it step:load; a lone ` is no codeTag cell 4 prev:load'
    );
    expect([...node.querySelectorAll('code')].map(code => code.textContent)).toEqual([
      'fit',
      '<img src=x onerror=alert(1)>',
      'step:load',
      'prev:load'
    ]);
    expect(node.querySelector('img, b')).toBeNull();
    const [cell, fix] = node.querySelectorAll('button');
    cell?.click();
    expect(execute).toHaveBeenCalledWith(CommandIds.openCell, { path: 'a.ipynb', cell: 4, line: 2 });
    fix?.click();
    expect(apply).toHaveBeenCalledWith(FINDING.fixes[0]);
  });

  it('are errors first, otherwise in their order; one without a cell leads nowhere', async () => {
    const { node } = await show([
      { ...FINDING, message: 'first' },
      { ...FINDING, message: 'second' },
      { ...FINDING, message: 'worst', severity: 'error', cell: null, hint: '', fixes: [] }
    ]);
    const items = [...node.querySelectorAll('li')];
    expect(items.map(item => item.textContent.replace(/tag it.*/, ''))).toEqual([
      '✗Error: worst',
      '▲Warning: cell 5: first',
      '▲Warning: cell 5: second'
    ]);
    expect(items[0]?.querySelector('button')).toBeNull();
  });

  it('say by what they are ignored, and how to heed them again', async () => {
    const { node } = await show([
      { ...FINDING, ignored: true, ignored_by: 'the comment in line 2', fixes: [] }
    ]);
    expect(node.querySelector('.jp-MlopsHint')?.textContent).toBe(
      'ignored by the comment in line 2; delete that to heed it again'
    );
  });

  it('are nothing at all when there are none', async () => {
    const { node } = await show([]);
    expect(node.querySelector('ul')).toBeNull();
  });
});
