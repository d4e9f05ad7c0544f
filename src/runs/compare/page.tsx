/** The page that compares runs: parameters that differ first, metrics with a chart, notebooks step by step. */

import { useQuery } from '@tanstack/react-query';
import React from 'react';

import type { Form } from '../../api/client';
import { Frame } from '../../ui/frame';
import { useMlops } from '../../ui/hooks';
import { keys } from '../../ui/queries';
import { Empty } from '../../ui/states';
import { Chart } from './chart';
import { Diff } from './diff';
import { letterOf } from './letter';
import { Table } from './table';

type Comparison = Form<'Comparison'>;

function Compared(props: { comparison: Comparison }): React.JSX.Element {
  const { trans } = useMlops();
  const { comparison } = props;
  const { runs, steps } = comparison;
  const changed = steps.filter(step => step.change !== 'same');
  const letters = new Map(runs.map((run, index) => [run.id, letterOf(index)]));
  return (
    <div className="jp-MlopsCompare">
      <section aria-label={trans.__('Runs')}>
        <div className="jp-MlopsScroll">
          <Table comparison={comparison} />
        </div>
        <Chart comparison={comparison} />
      </section>
      <section aria-label={trans.__('Notebook')}>
        <h3>{trans.__('Notebook')}</h3>
        {changed.length === 0 ? <Empty>{trans.__('The code of all steps is the same.')}</Empty> : null}
        {changed.map(step => (
          <Diff key={`${step.run}-${step.name}`} step={step} letter={letters.get(step.run) ?? ''} />
        ))}
      </section>
    </div>
  );
}

export function ComparePage(props: { ids: readonly string[] }): React.JSX.Element {
  const { client, trans } = useMlops();
  const { ids } = props;
  const asked = useQuery({
    queryKey: keys.compare(ids),
    queryFn: () =>
      client.answer(client.http.GET('/mlops/api/v1/compare', { params: { query: { run: [...ids] } } }))
  });
  return (
    <Frame
      asked={asked}
      loading={trans.__('Comparing the runs…')}
      gone={() => trans.__('These runs cannot be compared any more: %1', asked.error?.message ?? '')}
    >
      {comparison => <Compared comparison={comparison} />}
    </Frame>
  );
}
