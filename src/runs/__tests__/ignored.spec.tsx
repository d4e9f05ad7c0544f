import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { expect, it, vi } from 'vitest';

import type { IMlops } from '../../context';
import { MlopsContext } from '../../ui/hooks';
import { Ignored } from '../page/ignored';

it('says what was ignored and by whom, when it is unfolded', async () => {
  const node = document.body.appendChild(document.createElement('div'));
  const root = createRoot(node);
  const finding = {
    code: 'notebook.cycle',
    cell: 1,
    line: 3,
    message: 'a <b> waits for itself',
    by: '--ignore'
  };
  root.render(
    <MlopsContext.Provider value={{ trans: nullTranslator.load('jupyter_mlops') } as unknown as IMlops}>
      <Ignored findings={[finding, { ...finding, code: 'notebook.code', cell: null }] as never} />
    </MlopsContext.Provider>
  );
  await vi.waitFor(() => {
    expect(node.querySelector('summary')?.textContent).toBe('ignored 2 findings');
  });
  expect(node.querySelector('details')?.open).toBe(false);
  expect([...node.querySelectorAll('li')].map(each => each.textContent)).toEqual([
    'cell 2, line 3: notebook.cycle a <b> waits for itself (--ignore)',
    'notebook.code a <b> waits for itself (--ignore)'
  ]);
  root.unmount();
});
