/** The commands that change what a step asks for: all of its options, the model that it registers, what it runs after. */

import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ISharedNotebook } from '@jupyter/ydoc';

import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import type { IStepCells } from '../notebook/stepcells';
import { textIn } from '../ui/args';
import { askOptions, cellsOf, valuesIn, writeOptions } from './options';

interface IPlace {
  readonly notebook: ISharedNotebook;
  readonly step: IStepCells;
}

/** Add the commands; they speak of the step of the active cell. */
export function addStepCommands(mlops: IMlops, tracker: INotebookTracker | null): void {
  const { app, trans } = mlops;
  const { commands } = app;
  if (tracker === null) {
    return;
  }
  const found = (): IPlace | null => {
    const panel = tracker.currentWidget;
    const step = panel === null ? null : (mlops.inspector?.stepOf(panel) ?? null);
    return panel === null || step === null ? null : { notebook: panel.context.model.sharedModel, step };
  };
  /** Where tags can be written; a step that `%%mlops` lines make has its options there. */
  const open = (): IPlace | null => {
    const place = found();
    const isReadOnly = tracker.currentWidget?.context.model.readOnly ?? true;
    return place === null || place.step.isByLine || place.step.ids.length === 0 || isReadOnly ? null : place;
  };
  const values = (prefix: string): readonly string[] => {
    const place = open();
    return place === null ? [] : valuesIn(cellsOf(place.notebook, place.step), prefix);
  };
  const isByLine = (): boolean => found()?.step.isByLine === true;

  commands.addCommand(CommandIds.stepOptions, {
    label: args =>
      isByLine() && args.isPalette !== true
        ? trans.__('Options: see the %1 line', '%%mlops')
        : args.isPalette === true
          ? trans.__('Options of the Step of the Cell…')
          : trans.__('Options of step…'),
    caption: trans.__('Model, order, retries, time, cache and limits of the step of the active cell'),
    isEnabled: () => open() !== null,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: async () => {
      const place = open();
      await (place === null ? undefined : askOptions(mlops, place.notebook, place.step));
    }
  });
  commands.addCommand(CommandIds.stepModel, {
    label: args => {
      const [model] = values('model:');
      return args.isPalette === true
        ? trans.__('Register the Model of the Step…')
        : model === undefined
          ? trans.__('Register its model…')
          : trans.__('Registers model “%1”…', model);
    },
    caption: trans.__('Each run of the step makes a version of a model'),
    isEnabled: () => open() !== null,
    isToggleable: true,
    isToggled: args => args.isPalette !== true && values('model:').length > 0,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: async () => {
      const place = open();
      await (place === null ? undefined : askOptions(mlops, place.notebook, place.step, 'model:'));
    }
  });
  commands.addCommand(CommandIds.stepAfter, {
    label: args => textIn(args, 'step') ?? trans.__('Run After…'),
    caption: trans.__('Run the step of the active cell after this one, beyond what it reads of it'),
    isEnabled: args => {
      const step = textIn(args, 'step');
      const place = open();
      return step !== null && (place?.step.above.includes(step) === true || values('prev:').includes(step));
    },
    isToggleable: true,
    isToggled: args => values('prev:').includes(textIn(args, 'step') ?? ''),
    describedBy: {
      args: {
        type: 'object',
        properties: { step: { type: 'string', description: trans.__('A step above') } },
        required: ['step']
      }
    },
    execute: args => {
      const step = textIn(args, 'step');
      const place = open();
      const before = values('prev:');
      if (step === null || place === null || !(before.includes(step) || place.step.above.includes(step))) {
        return;
      }
      const after = before.includes(step) ? before.filter(other => other !== step) : [...before, step];
      writeOptions(
        place.notebook,
        cellsOf(place.notebook, place.step),
        tag => tag.startsWith('prev:'),
        after.map(name => `prev:${name}`)
      );
    }
  });
}
