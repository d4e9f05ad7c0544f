import { LabIcon } from '@jupyterlab/ui-components';

import mlopsSvg from '../../style/icons/mlops.svg';

/** Three connected steps. Its colours come from the theme through the `jp-icon` classes. */
export const mlopsIcon = new LabIcon({ name: 'jupyter-mlops:mlops', svgstr: mlopsSvg });

/** A cube: a model. */
export const modelIcon = drawn(
  'model',
  '<path d="M12 3l8 4.5v9L12 21l-8-4.5v-9z"/><path d="M4 7.5l8 4.5 8-4.5M12 12v9"/>'
);

/** A server that answers: a deployment. */
export const deploymentIcon = drawn(
  'deployment',
  '<rect x="4" y="13" width="16" height="7" rx="1.5"/><path d="M8 16.5h.01M12 16.5h4M12 10V4M9 6.5L12 3.5l3 3"/>'
);

/** An icon of strokes in the colour of JupyterLab's icons. */
function drawn(name: string, strokes: string): LabIcon {
  const svgstr =
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">' +
    `<g class="jp-icon3" style="fill: none" stroke="#616161" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${strokes}</g></svg>`;
  return new LabIcon({ name: `jupyter-mlops:${name}`, svgstr });
}

/** Icons of states, for the tabs of runs; the strokes are the signs of the marks. */
const STROKES: Readonly<Record<string, string>> = {
  queued: '<circle cx="12" cy="12" r="7"/>',
  running: '<circle cx="12" cy="12" r="7"/><path d="M12 5a7 7 0 0 1 0 14z" style="fill: currentColor"/>',
  succeeded: '<path d="M5 12.5l4.5 5L19 7"/>',
  failed: '<path d="M6 6l12 12M18 6L6 18"/>',
  cancelled: '<circle cx="12" cy="12" r="7"/><path d="M7 17L17 7"/>'
};

const statusIcons = new Map<string, LabIcon>();

/** Return the icon of a run's state. */
export function statusIcon(status: string): LabIcon {
  let icon = statusIcons.get(status);
  if (icon === undefined) {
    const strokes = STROKES[status] ?? '';
    const svgstr =
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">' +
      `<g class="jp-MlopsIcon jp-mod-${status}" fill="none" stroke="currentColor" stroke-width="2.5">${strokes}</g></svg>`;
    icon = new LabIcon({ name: `jupyter-mlops:${status}`, svgstr });
    statusIcons.set(status, icon);
  }
  return icon;
}
