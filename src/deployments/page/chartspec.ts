/** Requests, errors and latency of versions as a Vega-Lite chart. Pure. */

import type { Form } from '../../api/client';
import type { Color } from '../../ui/vega';
import { colorsOf } from '../colors';

type Stats = Form<'Stats'>;

/** A point of the chart. */
export interface IPoint {
  readonly at: number;
  readonly version: string;
  /** Of a moment that is not over, of its time so far; null while that is too short to say anything. */
  readonly rate: number | null;
  readonly errors: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** No chart has more moments than this. */
const MOST = 2_000;

/** The shortest time that a rate is made of, in ms. */
const LEAST_MS = 1_000;

/** The versions of the buckets, oldest first. */
export function versionsOf(stats: Stats): number[] {
  return [...new Set(stats.buckets.map(bucket => bucket.version))].sort((a, b) => a - b);
}

/** How the lines of the percentiles are dashed. */
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2]
];

/**
 * The seconds up to the end of the bucket that is now, as moments in ms: the charts move with the server's clock, whether
 * somebody asks or not. Null without buckets, whose grid this is.
 */
export function spanOf(stats: Stats, last: number): [number, number] | null {
  const times = stats.buckets.map(bucket => Date.parse(bucket.at));
  if (times.length === 0 || !(stats.width_s > 0)) {
    return null;
  }
  const width = stats.width_s * 1000;
  const newest = Math.max(...times);
  const passed = Math.max(0, Math.ceil((Date.parse(stats.now) - newest) / width) - 1) || 0;
  const end = newest + (passed + 1) * width;
  return [end - last * 1000, end];
}

/** The points of all versions over the last seconds: where a version has no bucket, nobody asked it. */
export function pointsOf(stats: Stats, last: number): IPoint[] {
  const span = spanOf(stats, last);
  if (span === null) {
    return [];
  }
  const width = stats.width_s * 1000;
  const [, end] = span;
  const now = Date.parse(stats.now);
  // Counted from the end, which is that of a bucket.
  const stepOf = (at: string): number => Math.round((end - Date.parse(at)) / width);
  const found = new Map(stats.buckets.map(bucket => [`${bucket.version}/${stepOf(bucket.at)}`, bucket]));
  const steps = Math.min(MOST, Math.ceil((last * 1000) / width));
  return versionsOf(stats).flatMap(version =>
    Array.from({ length: steps }, (_, index): IPoint => {
      const step = steps - index;
      const bucket = found.get(`${version}/${step}`);
      const at = end - step * width;
      const passed = Math.min(width, now - at);
      return {
        at,
        version: `v${version}`,
        rate: passed < LEAST_MS ? null : (bucket?.requests ?? 0) / (passed / 1000),
        errors: bucket?.errors ?? 0,
        p50: bucket?.p50_ms ?? null,
        p95: bucket?.p95_ms ?? null,
        p99: bucket?.p99_ms ?? null
      };
    })
  );
}

/** The words on the chart. */
export interface IChartWords {
  readonly rate: string;
  readonly errors: string;
  readonly latency: string;
}

/** Three charts over one time: requests per second, errors, percentiles of the latency. */
export function chartOf(
  stats: Stats,
  last: number,
  width: number,
  words: IChartWords,
  color: Color,
  served: readonly number[] = []
): Record<string, unknown> {
  const versions = versionsOf(stats);
  const text = color('--jp-ui-font-color1');
  const line = color('--jp-border-color2');
  const axis = { labelColor: text, titleColor: text, gridColor: line, domainColor: line, tickColor: line };
  const x = {
    field: 'at',
    type: 'temporal',
    title: null,
    scale: { domain: spanOf(stats, last), nice: false },
    axis: {
      ...axis,
      format: last > 3600 ? '%H:%M' : '%H:%M:%S',
      tickCount: Math.max(2, Math.floor(width / 90)),
      grid: false
    }
  };
  const version = {
    field: 'version',
    type: 'nominal',
    title: null,
    scale: {
      domain: versions.map(number => `v${number}`),
      range: colorsOf(served, versions).map(number => color(`--jp-mlops-step-${number}`))
    },
    legend: { orient: 'top', labelColor: text }
  };
  const y = (field: string, title: string, tickMinStep = 0): Record<string, unknown> => ({
    field,
    type: 'quantitative',
    title,
    axis: { ...axis, tickCount: 4, tickMinStep, titleFontWeight: 'normal', minExtent: 40 }
  });
  const points = pointsOf(stats, last);
  // Without anything but zeros there would be no axis to say so.
  const counted = (field: 'rate' | 'errors', title: string, least: number): Record<string, unknown> => {
    const found = y(field, title, least);
    const isFlat = !points.some(point => (point[field] ?? 0) > 0);
    const zeros = { ...axis, values: [0, 1], format: 'd', titleFontWeight: 'normal', minExtent: 40 };
    return isFlat ? { ...found, scale: { domain: [0, 1] }, axis: zeros } : found;
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'transparent',
    data: { values: points },
    spacing: 10,
    vconcat: [
      {
        width,
        height: 80,
        mark: { type: 'line', tooltip: true },
        encoding: { x, y: counted('rate', words.rate, 0), color: version }
      },
      {
        width,
        height: 50,
        mark: { type: 'bar', size: 3, tooltip: true },
        encoding: { x, y: counted('errors', words.errors, 1), color: version }
      },
      {
        width,
        height: 100,
        // A moment without a value breaks the line.
        transform: [{ fold: ['p50', 'p95', 'p99'], as: ['percentile', 'ms'] }],
        encoding: { x, y: y('ms', words.latency), color: version },
        layer: [
          {
            mark: { type: 'line', tooltip: true },
            encoding: {
              strokeDash: {
                field: 'percentile',
                type: 'nominal',
                title: null,
                scale: { domain: ['p50', 'p95', 'p99'], range: DASHES },
                legend: {
                  orient: 'top',
                  labelColor: text,
                  symbolType: 'stroke',
                  symbolStrokeColor: text,
                  symbolSize: 400
                }
              }
            }
          },
          // A moment with nobody before and after it is no line.
          { mark: { type: 'point', filled: true, size: 8, tooltip: true } }
        ]
      }
    ],
    config: { view: { stroke: line } }
  };
}
