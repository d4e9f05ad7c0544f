import { LabIcon } from '@jupyterlab/ui-components';

import mlopsSvg from '../../style/icons/mlops.svg';

/** Three connected steps. Its colours come from the theme through the `jp-icon` classes. */
export const mlopsIcon = new LabIcon({ name: 'jupyter-mlops:mlops', svgstr: mlopsSvg });
