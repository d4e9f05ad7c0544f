/**
 * The ids of the commands, the same words as the verbs, with the arguments that each takes.
 *
 * Whatever starts, changes or deletes something asks in a dialog that names its target, and no argument turns
 * the question off: the content of a notebook can execute commands too.
 */
export const CommandIds = {
  showPanel: 'mlops:show-panel',
  /** Writes the example notebook where the file browser is, unless it is there already, and opens it. */
  openExample: 'mlops:open-example',
  /** `{path?, steps?}`; the current notebook and all steps by default. Saves, asks in the form, starts, opens the run page. */
  runNotebook: 'mlops:run-notebook',
  /** `{path?}` */
  promoteNotebook: 'mlops:promote-notebook',
  /** `{job}`: `NAME` or `NAME@N`. */
  runJob: 'mlops:run-job',
  /** `{job, against?}`: the page of `NAME@N`, or of the newest version; `against` is the number that it is compared with. */
  openJob: 'mlops:open-job',
  /** `{job}` */
  deleteJob: 'mlops:delete-job',
  /** `{id, step?}` */
  openRun: 'mlops:open-run',
  /** `{ids}`; without them the run whose page is in front and the one before it. */
  compareRuns: 'mlops:compare-runs',
  /** `{id?}`; the run whose page is in front by default, as with the following. */
  cancelRun: 'mlops:cancel-run',
  /** `{id?, fromStep?}` */
  retryRun: 'mlops:retry-run',
  /** `{id?}` */
  deleteRun: 'mlops:delete-run',
  /** `{path, cell, line?}`: opens the notebook and scrolls to the cell. */
  openCell: 'mlops:open-cell',
  /** `{step}`; without a step it asks for a name. Of the selected cells, as are the following. */
  tagStep: 'mlops:tag-step',
  /** `{role}`: `parameters`, `setup`, `pipeline-metrics`, `skip`, or empty for none. */
  tagRole: 'mlops:tag-role',
  /** Opens the form for the options of the step of the active cell: all that tags can ask for. */
  stepOptions: 'mlops:step-options',
  /** Opens the form for the model that the step of the active cell registers. */
  stepModel: 'mlops:step-model',
  /** `{step}`: lets the step of the active cell run after another one, or no longer. */
  stepAfter: 'mlops:step-after',
  /** Opens the small menu at the active cell. */
  cellMenu: 'mlops:cell-menu',
  /** `{model?, version?}`; asks which without a model. */
  openModel: 'mlops:open-model',
  /** `{run?, logged?}`: a model that a step of the run logged, by its id; the run in front without one. */
  registerModel: 'mlops:register-model',
  /** `{model?, version?, alias?}`; the newest version to `champion` by default. Without a model the one in front. */
  promoteModel: 'mlops:promote-model',
  /** `{model, alias?}` */
  rollbackModel: 'mlops:rollback-model',
  /** `{model, version?}` */
  approveModel: 'mlops:approve-model',
  /** `{model}` */
  editGates: 'mlops:edit-gates',
  /** `{model?, version?, alias?}`: predicts the rows of a file, which the form asks for. */
  scoreModel: 'mlops:score-model',
  /** `{model, version?, alias?}` */
  deployModel: 'mlops:deploy-model',
  /** `{name?, tab?}`; asks which without a name. `tab`: `try`, `snippets`, `log`, `events`. */
  openDeployment: 'mlops:open-deployment',
  /** `{name?}`: opens the form in which it can be asked. Without a name the one in front, as with the following. */
  tryDeployment: 'mlops:try-deployment',
  /** `{name?, version?, percent?}`: how many requests a version gets; 0 ends its canary, 100 makes it live. */
  routeDeployment: 'mlops:route-deployment',
  /** `{name?}`: makes the canary live. */
  promoteCanary: 'mlops:promote-canary',
  /** `{name?, version?}`: lets a version answer without returning what it says; 0 ends it. */
  shadowDeployment: 'mlops:shadow-deployment',
  /** `{name?}`: what it serves, and what it logs. */
  updateDeployment: 'mlops:update-deployment',
  /** `{name?}` */
  rollbackDeployment: 'mlops:rollback-deployment',
  /** `{name?}` */
  stopDeployment: 'mlops:stop-deployment',
  /** `{name?}` */
  startDeployment: 'mlops:start-deployment',
  /** `{name?}` */
  deleteDeployment: 'mlops:delete-deployment',
  /** `{name?}`: makes a new token and shows it once. */
  newToken: 'mlops:new-token'
} as const;
