/** The traffic as a bar: what is live, and what a canary takes of it. */

import React from 'react';

import type { IShare } from './words';

export function TrafficBar(props: { shares: readonly IShare[] }): React.JSX.Element {
  return (
    <span className="jp-MlopsTraffic-bar" aria-hidden="true">
      {props.shares.map(({ version, percent, role }) => (
        <span
          key={role}
          data-version={version}
          className={`jp-mod-${role}`}
          style={{ width: `${percent}%` }}
        />
      ))}
    </span>
  );
}
