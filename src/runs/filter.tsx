/** The filter above the list of runs: words and a state. */

import React from 'react';

import { useMlops } from '../ui/hooks';
import type { IFilter } from './list';

export function Filter(props: { filter: IFilter; onFilter: (filter: IFilter) => void }): React.JSX.Element {
  const { trans } = useMlops();
  const { filter, onFilter } = props;
  const statuses: readonly [IFilter['status'], string][] = [
    ['', trans.__('all')],
    ['active', trans.__('active')],
    ['succeeded', trans.__('succeeded')],
    ['failed', trans.__('failed')],
    ['cancelled', trans.__('cancelled')]
  ];
  return (
    <span className="jp-MlopsFilter">
      <input
        type="search"
        className="jp-MlopsInput"
        placeholder={trans.__('filter')}
        aria-label={trans.__('Filter runs by name, parameter, error or id')}
        value={filter.q}
        maxLength={200}
        onChange={event => {
          onFilter({ ...filter, q: event.target.value });
        }}
      />
      <select
        className="jp-MlopsInput"
        aria-label={trans.__('Filter runs by state')}
        value={filter.status}
        onChange={event => {
          onFilter({ ...filter, status: event.target.value as IFilter['status'] });
        }}
      >
        {statuses.map(([status, word]) => (
          <option key={status} value={status}>
            {word}
          </option>
        ))}
      </select>
    </span>
  );
}
