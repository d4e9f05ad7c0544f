import { LabIcon } from '@jupyterlab/ui-components';

import mlopsSvg from '../../style/icons/mlops.svg';

/** Three connected steps. Its colours come from the theme through the `jp-icon` classes. */
export const mlopsIcon = new LabIcon({ name: 'jupyter-mlops:mlops', svgstr: mlopsSvg });

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
