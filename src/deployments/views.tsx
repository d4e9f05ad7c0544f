/** What the heavy chunk holds of deployments. */

import type { Widget } from '@lumino/widgets';
import React from 'react';

import type { IMlops } from '../context';
import { Host } from '../ui/host';
import { DeploymentPage } from './page/page';

export {
  deleteDeployment,
  deployModel,
  newToken,
  openChosen,
  rollbackDeployment,
  routeDeployment,
  shadowDeployment,
  startDeployment,
  stopDeployment,
  updateDeployment
} from './verbs';

/** Return the content of a deployment's page. */
export function createDeploymentPage(mlops: IMlops, name: string): Widget {
  return new Host(mlops, host => <DeploymentPage name={name} host={host} />);
}
