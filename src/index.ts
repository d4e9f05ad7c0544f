/** The plugins that JupyterLab loads: one line each. */

import { corePlugin } from './core';
import { formsPlugin } from './forms/plugin';
import { jobsPlugin } from './jobs/plugin';
import { notebookPlugin } from './notebook/plugin';
import { runsPlugin } from './runs/plugin';
import { statusPlugin } from './status/plugin';
import { panelPlugin } from './ui/plugin';

export default [corePlugin, panelPlugin, runsPlugin, jobsPlugin, statusPlugin, notebookPlugin, formsPlugin];
