/**
 * The options of a step as the form and the menu of a cell ask for them: one row for each tag that is an option in
 * `notebook/tags.ts`, which a test holds it to. Pure.
 */

import type { TranslationBundle } from '@jupyterlab/translation';

export interface IOption {
  /** The tag up to its value. */
  readonly prefix: string;
  readonly label: string;
  readonly placeholder: string;
  /** Whether the server takes the text as the value of the tag. */
  readonly isFit: (text: string) => boolean;
  readonly problem: string;
  /** What the option does, where its label does not say all. */
  readonly note?: string;
  /** `lines`: repeatable, one value a line. `steps`: repeatable, chosen from the steps above. `choice`: one of `choices`. */
  readonly kind?: 'lines' | 'steps' | 'choice';
  readonly choices?: readonly (readonly [value: string, label: string])[];
  /** Whether it is folded away: for engines other than the local one, or seldom wanted. */
  readonly isRare?: boolean;
}

// The text may come from a notebook: it is never long enough to keep a pattern busy.
const LONGEST = 60;
const LONGEST_NAME = 250;

/** Whether a text is a time as the server reads it: `90s`, `1h30m`, `45`; read from left to right, once. */
function isDuration(text: string): boolean {
  const rest = text.replace(/\d+(\.\d+)?\s*(ms|min|[smhd])\s*/g, '');
  return text.length <= LONGEST && /[1-9]/.test(text) && /^(\d+(\.\d+)?)?$/.test(rest);
}

function matches(pattern: RegExp): (text: string) => boolean {
  return text => text.length <= LONGEST && pattern.test(text);
}

/** Whether a text is a name of a registered model, as MLflow takes it. */
function isModelName(text: string): boolean {
  return text.length <= LONGEST_NAME && !/[/:@,\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

/** Whether a text is one word: a tag with a comma is two in JupyterLab's own editor. */
function isWord(text: string): boolean {
  return text.length <= LONGEST_NAME && !/[\s,\p{C}]/u.test(text);
}

/** `KEY:VALUE`, or as many parts as there are. */
function hasParts(count: number): (text: string) => boolean {
  return text => {
    const parts = text.split(':');
    return isWord(text) && parts.length >= count && parts.every(part => part !== '');
  };
}

export function optionsOf(trans: TranslationBundle): readonly IOption[] {
  return [
    {
      prefix: 'model:',
      label: trans.__('Register its model as'),
      placeholder: trans.__('not registered, or a name such as churn'),
      isFit: isModelName,
      problem: trans.__('A name without “/”, “:”, “@” and “,”, of at most 250 characters.'),
      note: trans.__(
        'The model that the step logs with MLflow becomes a version of this one; a step that logs none fails.'
      )
    },
    {
      prefix: 'prev:',
      label: trans.__('Runs after'),
      placeholder: '',
      isFit: text => text.length <= LONGEST_NAME,
      problem: '',
      note: trans.__('The steps whose values it reads come first anyway.'),
      kind: 'steps'
    },
    {
      prefix: 'retry:',
      label: trans.__('Retries when it fails'),
      placeholder: '0',
      isFit: matches(/^(\d{1,2}|100)$/),
      problem: trans.__('A number from 0 to 100.')
    },
    {
      prefix: 'timeout:',
      label: trans.__('Time it may take'),
      placeholder: trans.__('no end, or 90s, 30m, 2h'),
      isFit: isDuration,
      problem: trans.__('A time such as 90s, 30m or 1h30m.')
    },
    {
      prefix: 'limit:cpu:',
      label: trans.__('Cores'),
      placeholder: '1',
      isFit: matches(/^(?=.*[1-9])(\d+(\.\d+)?|\d+m)$/),
      problem: trans.__('A number such as 2 or 0.5.')
    },
    {
      prefix: 'limit:memory:',
      label: trans.__('Memory'),
      placeholder: trans.__('no limit, or 4Gi'),
      isFit: matches(/^(?=.*[1-9])\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|K|M|G|T)?$/),
      problem: trans.__('An amount such as 512Mi or 4Gi.')
    },
    {
      prefix: 'limit:nvidia.com/gpu:',
      label: trans.__('GPUs'),
      placeholder: trans.__('none; this machine grants none'),
      isFit: matches(/^[1-9]\d{0,3}$/),
      problem: trans.__('A whole number.')
    },
    {
      prefix: 'cache:',
      label: trans.__('Earlier results'),
      placeholder: '',
      isFit: text => text === 'enabled' || text === 'disabled',
      problem: '',
      kind: 'choice',
      choices: [
        ['', trans.__('run it every time')],
        ['enabled', trans.__('reuse while nothing it depends on changed')],
        ['disabled', trans.__('never reuse')]
      ]
    },
    {
      prefix: 'label:',
      label: trans.__('Labels'),
      placeholder: trans.__('KEY:VALUE, one a line'),
      isFit: hasParts(2),
      problem: trans.__('Each line is KEY:VALUE.'),
      kind: 'lines',
      isRare: true
    },
    {
      prefix: 'engine:',
      label: trans.__('Engine'),
      placeholder: 'local',
      isFit: isWord,
      problem: trans.__('The name of an engine.'),
      isRare: true
    },
    {
      prefix: 'image:',
      label: trans.__('Container image'),
      placeholder: trans.__('none; the local engine runs none'),
      isFit: isWord,
      problem: trans.__('The reference of an image.'),
      isRare: true
    },
    {
      prefix: 'secret:',
      label: trans.__('Secrets'),
      placeholder: trans.__('NAME:KEY:ENV, one a line; the local engine has none'),
      isFit: hasParts(3),
      problem: trans.__('Each line is NAME:KEY:ENV.'),
      kind: 'lines',
      isRare: true
    }
  ];
}

/** The values of a text that is typed for an option, each once. */
export function valuesOf(option: IOption, text: string): readonly string[] {
  const isMany = option.kind === 'lines' || option.kind === 'steps';
  const lines = (isMany ? text.split('\n') : [text]).map(line => line.trim());
  return [...new Set(lines.filter(line => line !== ''))];
}
