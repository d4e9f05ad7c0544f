/** The heavy part, loaded when it is first seen: the sidebar's content and the pages of the main area. */

import '../style/views.css';

import type { Widget } from '@lumino/widgets';
import React from 'react';

import type { IMlops } from './context';
import { JobPage } from './jobs/page';
import { ComparePage } from './runs/compare/page';
import { RunPage } from './runs/page/page';
import { Host } from './ui/host';
import { Sidebar } from './ui/sidebar';

export * as deployments from './deployments/views';
export * as models from './models/views';
export { askOther } from './runs/comparewith';

/** Return the content of the panel in the left sidebar. */
export function createSidebar(mlops: IMlops): Widget {
  return new Host(mlops, () => <Sidebar />);
}

/** Return the content of a run's page; `step` is shown in the drawer. */
export function createRunPage(mlops: IMlops, id: string, step?: string): Widget {
  return new Host(mlops, host => <RunPage id={id} step={step} host={host} />);
}

/** Return the content of the page that compares runs. */
export function createComparePage(mlops: IMlops, ids: readonly string[]): Widget {
  return new Host(mlops, () => <ComparePage ids={ids} />);
}

/** Return the content of the page of a version of a job; null is the newest, `against` the version it is compared with. */
export function createJobPage(mlops: IMlops, name: string, number: number | null, against: number): Widget {
  return new Host(mlops, host => <JobPage name={name} number={number} against={against} host={host} />);
}
