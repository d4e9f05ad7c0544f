/** What the heavy chunk holds of models. */

import type { Widget } from '@lumino/widgets';
import React from 'react';

import type { IMlops } from '../context';
import { Host } from '../ui/host';
import { ModelPage } from './page/page';

export {
  approveModel,
  editGates,
  openChosen,
  promoteModel,
  registerModel,
  rollbackModel,
  scoreModel
} from './verbs';

/** Return the content of a model's page; `version` is shown in the drawer. */
export function createModelPage(mlops: IMlops, model: string, version: number | null): Widget {
  return new Host(mlops, host => <ModelPage name={model} version={version} host={host} />);
}
