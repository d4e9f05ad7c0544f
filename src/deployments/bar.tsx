/** The traffic as a bar: what is live, and what a canary takes of it. */

import React from 'react';

import { colorsOf } from './colors';
import type { IShare } from './words';

export function TrafficBar(props: {
  shares: readonly IShare[];
  /** The versions that the deployment serves, after which they are coloured as in the charts. */
  served: readonly number[];
}): React.JSX.Element {
  const { shares, served } = props;
  const colors = colorsOf(
    served,
    shares.map(each => each.version)
  );
  return (
    <span className="jp-MlopsTraffic-bar" aria-hidden="true">
      {shares.map(({ version, percent, role }, index) => (
        <span
          key={role}
          data-version={version}
          className={`jp-mod-${role} jp-mod-mlopsColor${colors[index] ?? 0}`}
          style={{ width: `${percent}%` }}
        />
      ))}
    </span>
  );
}
