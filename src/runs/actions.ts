/** What is done to runs: each verb asks first, names its target, and says what came of it. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import { type DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import { createElement } from 'react';

import { ApiError, type Form } from '../api/client';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { saveChanges } from '../notebook/saving';
import { Ticked } from '../ui/ticked';
import { waiting } from '../ui/waiting';
import { when } from '../ui/words';
import { compareWith } from './menu';
import { isActive } from './row';

/** What a dialog asks. */
export interface IQuestion {
  readonly title: string;
  readonly body: string;
  readonly yes: string;
  readonly no: string;
  readonly isDangerous: boolean;
}

/** Ask; true is yes. */
export async function ask(question: IQuestion): Promise<boolean> {
  const { title, body, yes, no, isDangerous } = question;
  const { button } = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: no }),
      isDangerous ? Dialog.warnButton({ label: yes }) : Dialog.okButton({ label: yes })
    ],
    defaultButton: isDangerous ? 0 : 1
  });
  return button.accept;
}

/** Say what went wrong, in the server's words. */
export async function complain(mlops: IMlops, title: string, error: unknown): Promise<void> {
  const { trans } = mlops;
  const hint = error instanceof ApiError ? error.hint : '';
  const message = error instanceof Error ? error.message : String(error);
  const body = createElement(
    'div',
    { className: 'jp-MlopsComplaint' },
    createElement('p', null, createElement(Ticked, { text: message })),
    hint ? createElement('p', null, createElement(Ticked, { text: hint })) : null
  );
  await showDialog({ title, body, buttons: [Dialog.okButton({ label: trans.__('Close') })] });
}

/** Say why there is nothing to ask. */
async function tell(mlops: IMlops, title: string, body: string): Promise<void> {
  await showDialog({ title, body, buttons: [Dialog.okButton({ label: mlops.trans.__('Close') })] });
}

/** How a dialog names a run: its name and when it was made. */
export function nameOf(run: Form<'RunRow'>): string {
  return `"${run.name}" (${when(run.created_at, Date.now(), true)})`;
}

/** The run that is spoken of; null when the user does not wait for it. */
function detail(mlops: IMlops, id: string, title: string): Promise<Form<'RunDetail'> | null> {
  const { http } = mlops.client;
  const asked = http.GET('/mlops/api/v1/runs/{run}', { params: { path: { run: id } } });
  return waiting(mlops.trans, title, mlops.client.answer(asked));
}

/** Compare a run with the one of the same name before it. */
export async function compareRun(mlops: IMlops, id: string): Promise<void> {
  try {
    const run = await detail(mlops, id, mlops.trans.__('Compare Run'));
    await (run === null ? undefined : compareWith(mlops, run));
  } catch (error) {
    await complain(mlops, mlops.trans.__('The run was not compared'), error);
  }
}

/** Ask, then cancel a run. */
export async function cancelRun(mlops: IMlops, id: string): Promise<void> {
  const { client, trans } = mlops;
  try {
    const run = await detail(mlops, id, trans.__('Cancel Run'));
    if (run === null) {
      return;
    }
    if (!isActive(run)) {
      await tell(mlops, trans.__('Run %1 is over', nameOf(run)), trans.__('There is nothing to cancel.'));
      return;
    }
    const isYes = await ask({
      title: trans.__('Cancel run %1?', nameOf(run)),
      body: trans.__(
        '%1 of %2 steps are done; their results are kept. The steps that run now are stopped.',
        run.done,
        run.total
      ),
      yes: trans.__('Cancel the run'),
      no: trans.__('Let it run'),
      isDangerous: true
    });
    if (isYes) {
      await client.answer(
        client.http.POST('/mlops/api/v1/runs/{run}/cancel', { params: { path: { run: id } } })
      );
      mlops.live.touch(id);
    }
  } catch (error) {
    await complain(mlops, trans.__('The run was not cancelled'), error);
  }
}

/** Ask, then run again what did not succeed, or from a step on; opens the new run. */
export async function retryRun(mlops: IMlops, id: string, fromStep: string | null): Promise<void> {
  const { client, trans } = mlops;
  try {
    const run = await detail(mlops, id, trans.__('Retry Run'));
    if (run === null) {
      return;
    }
    if (isActive(run)) {
      const body = trans.__('It can be run again when it is over. To end it now, cancel it.');
      await tell(mlops, trans.__('Run %1 is not over yet', nameOf(run)), body);
      return;
    }
    const { chosen } = run;
    // What was not selected is not run by a retry either.
    const wanted = run.steps.filter(
      step => chosen === null || chosen.includes(step.name) || step.status === 'succeeded'
    );
    const succeeded = wanted.filter(step => step.status === 'succeeded').length;
    if (fromStep === null && succeeded === wanted.length) {
      const body = trans.__(
        'There is nothing to retry. To run a part of it again, choose a step on its page.'
      );
      await tell(mlops, trans.__('All steps of run %1 succeeded', nameOf(run)), body);
      return;
    }
    const isYes = await ask({
      title:
        fromStep === null
          ? trans.__('Retry run %1?', nameOf(run))
          : trans.__('Run %1 again from step "%2"?', nameOf(run), fromStep),
      body:
        fromStep === null
          ? trans.__(
              'A new run takes over the results of %1 succeeded steps and runs the other %2.',
              succeeded,
              wanted.length - succeeded
            )
          : trans.__(
              'A new run runs this step and every step that depends on it; the others are taken over.'
            ),
      yes: fromStep === null ? trans.__('Retry') : trans.__('Run again'),
      no: trans.__('Cancel'),
      isDangerous: false
    });
    if (isYes && (await isSaved(mlops, run))) {
      const made = await client.answer(
        client.http.POST('/mlops/api/v1/runs/{run}/retry', {
          params: { path: { run: id } },
          body: { from_step: fromStep }
        })
      );
      mlops.live.touch(made.id);
      await mlops.app.commands.execute(CommandIds.openRun, { id: made.id });
    }
  } catch (error) {
    await complain(mlops, trans.__('The run was not started again'), error);
  }
}

/** Save the notebook of a run where it is open, since a retry reads the file; false when the user does not want to. */
async function isSaved(mlops: IMlops, run: Form<'RunRow'>): Promise<boolean> {
  const { shell, serviceManager } = mlops.app;
  for (const widget of run.job === null ? shell.widgets('main') : []) {
    const context: DocumentRegistry.Context | null = widget instanceof DocumentWidget ? widget.context : null;
    if (context !== null && serviceManager.contents.localPath(context.path) === run.path) {
      return saveChanges(context, mlops.trans);
    }
  }
  return true;
}

/** Ask, then delete a run with its files. */
export async function deleteRun(mlops: IMlops, id: string): Promise<void> {
  const { client, trans } = mlops;
  try {
    const run = await detail(mlops, id, trans.__('Delete Run'));
    if (run === null) {
      return;
    }
    if (isActive(run)) {
      const body = trans.__('It can be deleted when it is over. To end it now, cancel it.');
      await tell(mlops, trans.__('Run %1 is not over yet', nameOf(run)), body);
      return;
    }
    const isYes = await ask({
      title: trans.__('Delete run %1?', nameOf(run)),
      body: trans.__(
        'Its executed notebooks, logs and results are removed. What it logged in MLflow stays. This cannot be undone.'
      ),
      yes: trans.__('Delete the run'),
      no: trans.__('Keep it'),
      isDangerous: true
    });
    if (isYes) {
      await client.answer(client.http.DELETE('/mlops/api/v1/runs/{run}', { params: { path: { run: id } } }));
      mlops.live.touch(id, 'deleted');
    }
  } catch (error) {
    await complain(mlops, trans.__('The run was not deleted'), error);
  }
}
