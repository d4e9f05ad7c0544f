/** What the heavy chunk holds of deployments. */

import type { Widget } from '@lumino/widgets';
import React from 'react';

import type { IMlops } from '../context';
import { Host } from '../ui/host';
import { DeploymentPage } from './page/page';

export { promoteCanary, routeDeployment, shadowDeployment } from './routing';
export {
  deleteDeployment,
  deployModel,
  newToken,
  openChosen,
  rollbackDeployment,
  startDeployment,
  stopDeployment,
  tryDeployment,
  updateDeployment
} from './verbs';

/** Return the content of a deployment's page; `tab` is shown in the drawer. */
export function createDeploymentPage(mlops: IMlops, name: string, tab: string | null): Widget {
  return new Host(mlops, host => <DeploymentPage name={name} tab={tab} host={host} />);
}
