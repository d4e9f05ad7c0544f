import React from 'react';
import { afterEach, describe, expect, it } from 'vitest';

import { CommandIds } from '../../commands';
import { clear, click, says, show } from '../../models/__tests__/lab';
import { DeploymentsSection } from '../section';

afterEach(clear);

describe('the section Deployments', () => {
  it('says what to do next when there is none', async () => {
    const { node, executed } = show(
      () => ({ body: { deployments: [] } }),
      () => <DeploymentsSection />
    );
    await says(node, 'No deployments yet');
    click(node, 'Deploy a model…');
    expect(executed).toEqual([[CommandIds.deployModel, undefined]]);
  });

  it('says what failed, and asks again', async () => {
    let isBusy = true;
    const { node } = show(
      () =>
        isBusy
          ? {
              status: 409,
              body: { code: 'store.busy', message: 'the store is busy', hint: '', findings: [] }
            }
          : { body: { deployments: [] } },
      () => <DeploymentsSection />
    );
    await says(node, 'the store is busy');
    isBusy = false;
    click(node, 'Retry');
    await says(node, 'No deployments yet');
  });
});
