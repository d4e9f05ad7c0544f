/** The plugins that JupyterLab loads: one line each. */

import { corePlugin } from './core';
import { deploymentsPlugin } from './deployments/plugin';
import { formsPlugin } from './forms/plugin';
import { jobsPlugin } from './jobs/plugin';
import { modelsPlugin } from './models/plugin';
import { notebookPlugin } from './notebook/plugin';
import { runsPlugin } from './runs/plugin';
import { statusPlugin } from './status/plugin';
import { panelPlugin } from './ui/plugin';

export default [
  corePlugin,
  panelPlugin,
  runsPlugin,
  jobsPlugin,
  modelsPlugin,
  deploymentsPlugin,
  statusPlugin,
  notebookPlugin,
  formsPlugin
];
