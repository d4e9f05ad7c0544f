/** The heavy part, loaded when it is first seen: the sidebar's content, the run page, the compare page. */

import { Widget } from '@lumino/widgets';

import type { IMlops } from './context';

/** Return the content of the panel in the left sidebar. */
export function createSidebar(_mlops: IMlops): Widget {
  return new Widget();
}

/** Return the content of a run's page. */
export function createRunPage(_mlops: IMlops, _id: string, _step?: string): Widget {
  return new Widget();
}

/** Return the content of the page that compares runs. */
export function createComparePage(_mlops: IMlops, _ids: readonly string[]): Widget {
  return new Widget();
}
