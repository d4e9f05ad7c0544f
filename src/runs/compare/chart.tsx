/** The metrics as a chart, in the colours of the theme. */

import React, { useEffect, useRef, useState } from 'react';

import type { Form } from '../../api/client';
import { useMlops } from '../../ui/hooks';
import { letterOf } from './letter';

type Comparison = Form<'Comparison'>;

const VEGA = 'application/vnd.vegalite.v5+json';

/** The colour of a variable of the theme, as the chart needs it. */
function themed(name: string): string {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}

/** The metrics as a Vega-Lite chart: one small chart for each, one bar for each run. */
export function chartOf(comparison: Comparison, color: (name: string) => string): Record<string, unknown> {
  const values = comparison.metrics.flatMap(metric =>
    metric.values.flatMap((value, index) =>
      typeof value === 'number' ? [{ metric: metric.name, run: letterOf(index), value }] : []
    )
  );
  const text = color('--jp-ui-font-color1');
  const line = color('--jp-border-color2');
  const axis = { labelColor: text, titleColor: text, gridColor: line, domainColor: line, tickColor: line };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'transparent',
    data: { values },
    columns: 3,
    facet: { field: 'metric', type: 'nominal', title: null, header: { labelColor: text }, sort: null },
    spec: {
      width: 180,
      height: 20 * comparison.runs.length,
      mark: { type: 'bar', tooltip: true, height: { band: 0.7 } },
      encoding: {
        y: { field: 'run', type: 'nominal', title: null, axis },
        x: { field: 'value', type: 'quantitative', title: null, axis: { ...axis, tickCount: 4 } },
        color: { value: color('--jp-brand-color1') }
      }
    },
    resolve: { scale: { x: 'independent' } },
    config: { view: { stroke: line } }
  };
}

export function Chart(props: { comparison: Comparison }): React.JSX.Element | null {
  const { rendermime, trans } = useMlops();
  const { comparison } = props;
  const box = useRef<HTMLDivElement>(null);
  const [isMissing, setMissing] = useState(false);
  const [theme, setTheme] = useState(document.body.dataset.jpThemeName ?? '');
  useEffect(() => {
    const observer = new MutationObserver(() => {
      setTheme(document.body.dataset.jpThemeName ?? '');
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name'] });
    return () => {
      observer.disconnect();
    };
  }, []);
  const hasNumbers = comparison.metrics.some(metric =>
    metric.values.some(value => typeof value === 'number')
  );
  useEffect(() => {
    if (!hasNumbers || !rendermime?.mimeTypes.includes(VEGA)) {
      setMissing(true);
      return;
    }
    const renderer = rendermime.createRenderer(VEGA);
    const model = rendermime.createModel({
      data: { [VEGA]: chartOf(comparison, themed) as never },
      metadata: { [VEGA]: { embed_options: { actions: false } } },
      trusted: true
    });
    box.current?.replaceChildren(renderer.node);
    renderer.renderModel(model).catch(() => {
      setMissing(true);
    });
    return () => {
      renderer.dispose();
    };
  }, [comparison, rendermime, theme, hasNumbers]);
  return isMissing ? null : (
    <div
      ref={box}
      className="jp-MlopsChart"
      role="img"
      aria-label={trans.__('The metrics of the runs as bars')}
    />
  );
}
