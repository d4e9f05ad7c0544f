/** Requests, errors and latency by version, drawn again while they change. */

import React, { useCallback, useEffect, useRef, useState } from 'react';

import type { Form } from '../../api/client';
import { useMlops } from '../../ui/hooks';
import { Failed, Loading } from '../../ui/states';
import { type Color, Vega } from '../../ui/vega';
import { count } from '../../ui/words';
import { versionsServed } from '../colors';
import { useStats } from '../queries';
import { chartOf } from './chartspec';

/** What the axis and its titles need beside the drawing, in px. */
const MARGIN = 76;

/** The width of an element, in steps, so that a drag draws few charts. */
function useWidth(): [React.RefObject<HTMLDivElement>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const measure = (): void => {
      setWidth(Math.floor((box.current?.clientWidth ?? 0) / 20) * 20);
    };
    const observer = new ResizeObserver(measure);
    if (box.current) {
      observer.observe(box.current);
    }
    measure();
    return () => {
      observer.disconnect();
    };
  }, []);
  return [box, width];
}

export function Charts(props: { deployment: Form<'DeploymentDetail'>; isSeen: boolean }): React.JSX.Element {
  const { trans } = useMlops();
  const { deployment, isSeen } = props;
  const { name } = deployment;
  const served = versionsServed(deployment).join(' ');
  const [last, setLast] = useState(300);
  const asked = useStats(name, last, isSeen);
  const [box, width] = useWidth();
  const stats = asked.data;
  const spec = useCallback(
    (color: Color) =>
      stats === undefined
        ? {}
        : chartOf(
            stats,
            last,
            Math.max(120, width - MARGIN),
            {
              rate: trans.__('requests/s'),
              errors: trans.__('errors'),
              latency: trans.__('latency, ms')
            },
            color,
            served.split(' ').filter(Boolean).map(Number)
          ),
    [stats, last, width, trans, served]
  );
  const total = stats?.buckets.reduce((sum, bucket) => sum + bucket.requests, 0) ?? 0;
  const errors = stats?.buckets.reduce((sum, bucket) => sum + bucket.errors, 0) ?? 0;
  const spans: readonly [number, string][] = [
    [300, trans.__('5 minutes')],
    [900, trans.__('15 minutes')],
    [3600, trans.__('hour')],
    [86_400, trans.__('day')]
  ];
  return (
    <section aria-label={trans.__('Requests')}>
      <h3 className="jp-MlopsTitle">
        {trans.__('Requests')}
        <label className="jp-MlopsHint">
          {trans.__('of the last')}{' '}
          <select
            className="jp-MlopsInput"
            value={last}
            onChange={event => {
              setLast(Number(event.target.value));
            }}
          >
            {spans.map(([seconds, word]) => (
              <option key={seconds} value={seconds}>
                {word}
              </option>
            ))}
          </select>
        </label>
        {stats === undefined ? null : (
          <span className="jp-MlopsHint" data-requests={total} data-errors={errors}>
            {[
              trans._n('%1 request', '%1 requests', total, count(total)),
              trans._n('%1 error', '%1 errors', errors, count(errors))
            ].join(', ')}
          </span>
        )}
      </h3>
      <div ref={box} className="jp-MlopsCharts">
        {asked.error && stats === undefined ? (
          <Failed error={asked.error} retry={() => void asked.refetch()} />
        ) : null}
        {asked.isPending ? <Loading /> : null}
        {stats !== undefined && total === 0 ? (
          <div className="jp-MlopsNote">{trans.__('Nobody asked in this time. Try it.')}</div>
        ) : null}
        {stats !== undefined && total > 0 && width > 0 ? (
          <Vega
            label={trans.__('Requests per second, errors and latency by version, over time')}
            spec={spec}
          />
        ) : null}
      </div>
    </section>
  );
}
