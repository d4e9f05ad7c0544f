/** The commands of cells. They change tags, which undo takes back, or open something; none starts or deletes. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { CommandIds } from '../commands';
import { colorOf, type IMlops } from '../context';
import { type Args, textIn } from '../ui/args';
import { mlopsIcon } from '../ui/icons';
import { type CellMenu, MenuIds, ROLES } from './menu';
import { openPlace, placeIn } from './opening';
import { checkName } from './tags';
import type { Tagger } from './tagger';

/** What the commands need. */
export interface ICommandParts {
  readonly mlops: IMlops;
  readonly tracker: INotebookTracker;
  readonly documents: IDocumentManager | null;
  readonly tagger: Tagger;
  readonly menu: CellMenu;
}

function roleIn(args: Args): (typeof ROLES)[number] | null {
  return ROLES.find(role => role === args.role) ?? null;
}

function roleLabel(args: Args, trans: TranslationBundle): string {
  const role = roleIn(args);
  const inPalette = args.isPalette === true;
  switch (role) {
    case 'parameters':
      return inPalette ? trans.__('Tag Cells as Parameters') : trans.__('Parameters');
    case 'setup':
      return inPalette ? trans.__('Tag Cells as Setup of Every Step') : trans.__('Every step (setup)');
    case 'pipeline-metrics':
      return inPalette ? trans.__('Tag Cells as Metrics') : trans.__('Metrics');
    case 'skip':
      return inPalette ? trans.__('Tag Cells to Be Skipped') : trans.__('Skip');
    default:
      return inPalette ? trans.__('Take the Tags off Cells') : trans.__('No tag');
  }
}

function roleCaption(args: Args, trans: TranslationBundle): string {
  switch (roleIn(args)) {
    case 'parameters':
      return trans.__('Names with defaults, which each run may override');
    case 'setup':
      return trans.__('Runs at the start of every step below');
    case 'pipeline-metrics':
      return trans.__('What the cell prints by name is logged as metrics of the run');
    case 'skip':
      return trans.__('Left out of the pipeline');
    default:
      return trans.__('The cell belongs to the step above it');
  }
}

/** Add the commands; they are told to look again when another cell is active. */
export function addCommands(app: JupyterFrontEnd, parts: ICommandParts): void {
  const { commands } = app;
  const { mlops, tracker, documents, tagger, menu } = parts;
  const { trans } = mlops;
  // A step that there is, or may be: whoever executes a command may hand in anything.
  const stepIn = (args: Args): string | null => {
    const step = textIn(args, 'step');
    const isKnown = step !== null && tagger.selection?.parts.steps.includes(step);
    return step !== null && (isKnown || checkName(step, []) === null) ? step : null;
  };
  const isCode = (): boolean => tracker.activeCell?.model.type === 'code';

  commands.addCommand(CommandIds.cellMenu, {
    label: args => (args.toolbar ? '' : trans.__('Step of the Cell…')),
    caption: trans.__('What this cell belongs to in the pipeline: step, parameters, setup, options'),
    icon: mlopsIcon,
    isVisible: args => !args.toolbar || isCode(),
    isEnabled: () => tagger.selection !== null,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => {
      const panel = tracker.currentWidget;
      const cell = panel?.content.activeCell;
      if (panel && cell && tagger.selection !== null) {
        menu.openAt(panel, cell);
      }
    }
  });
  commands.addCommand(MenuIds.heading, {
    label: () => {
      const selection = tagger.selection;
      if (selection?.isByLine) {
        return trans.__('Set by the %1 line', '%%mlops');
      }
      const count = selection?.count ?? 1;
      return trans._n('This cell belongs to', 'These %1 cells belong to', count, count);
    },
    className: 'jp-MlopsCellMenu-heading',
    isEnabled: () => false,
    execute: () => undefined
  });
  commands.addCommand(CommandIds.tagStep, {
    label: args =>
      stepIn(args) ??
      (args.isPalette ? trans.__('New Step from the Selected Cells…') : trans.__('New step…')),
    caption: args =>
      stepIn(args) === null
        ? trans.__('Give the selected cells the tag of a new step')
        : trans.__('The cell belongs to this step'),
    className: args => {
      const step = stepIn(args);
      const isKnown = step !== null && tagger.selection?.parts.steps.includes(step) === true;
      return isKnown ? `jp-MlopsCellMenu-step jp-mod-mlopsColor${colorOf(step)}` : '';
    },
    isToggleable: true,
    isToggled: args => {
      const step = stepIn(args);
      return step !== null && tagger.isOf({ step });
    },
    isEnabled: () => tagger.canTag,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          step: {
            type: 'string',
            description: trans.__('The name of the step; it is asked for when there is none')
          }
        }
      }
    },
    execute: async args => {
      const step = stepIn(args);
      if (step !== null) {
        tagger.tagStep(step);
      } else {
        await tagger.newStep();
      }
    }
  });
  commands.addCommand(CommandIds.tagRole, {
    label: args => roleLabel(args, trans),
    caption: args => roleCaption(args, trans),
    isToggleable: true,
    isToggled: args => tagger.isOf({ role: roleIn(args) ?? '' }),
    isEnabled: () => tagger.canTag,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          role: {
            type: 'string',
            enum: [...ROLES],
            description: trans.__('The tag; empty takes the tags off')
          }
        },
        required: ['role']
      }
    },
    execute: args => {
      const role = roleIn(args);
      if (role !== null) {
        tagger.tagRole(role === '' ? null : role);
      }
    }
  });
  commands.addCommand(MenuIds.rename, {
    label: args => (args.isPalette ? trans.__('Rename the Step of the Cell…') : trans.__('Rename step…')),
    caption: trans.__('Change the name of this step in all of its cells'),
    isEnabled: () => tagger.renamable !== null,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => tagger.rename()
  });
  commands.addCommand(CommandIds.openCell, {
    label: trans.__('Open Notebook at Cell'),
    caption: trans.__('Open a notebook and scroll to a cell'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          path: { type: 'string', description: trans.__('The path of the notebook') },
          cell: { type: 'integer', minimum: 0, description: trans.__('The place of the cell, from 0') },
          line: { type: ['integer', 'null'], description: trans.__('The line in the cell, from 1') }
        },
        required: ['path', 'cell']
      }
    },
    execute: async args => {
      const place = placeIn(args);
      if (place !== null) {
        await openPlace(mlops, tracker, documents, place);
      }
    }
  });

  const again = (): void => {
    for (const id of [CommandIds.cellMenu, CommandIds.tagStep, CommandIds.tagRole, MenuIds.rename]) {
      commands.notifyCommandChanged(id);
    }
  };
  tracker.activeCellChanged.connect(again);
  tracker.selectionChanged.connect(again);
}

/** Put the commands into the palette. */
export function addToPalette(palette: ICommandPalette, category: string): void {
  // There, the label alone has to say what it is about.
  const isPalette = true;
  for (const command of [
    CommandIds.cellMenu,
    CommandIds.tagStep,
    MenuIds.rename,
    CommandIds.stepModel,
    CommandIds.stepOptions
  ]) {
    palette.addItem({ command, category, args: { isPalette } });
  }
  for (const role of ROLES) {
    palette.addItem({ command: CommandIds.tagRole, category, args: { role, isPalette } });
  }
}
