/**
 * The colours that a program writes into its log (SGR escapes, ECMA-48 8.3.117). Pure: a line becomes pieces of text
 * with the classes that JupyterLab's own outputs have, and nothing of it is ever markup.
 */

/** A colour: one of the sixteen of a terminal by its number, or an exact one. */
type Color = number | `rgb(${number}, ${number}, ${number})`;

/** How text is written from some place on. */
export interface IStyle {
  readonly fg: Color | null;
  readonly bg: Color | null;
  readonly isBold: boolean;
  readonly isUnderlined: boolean;
  readonly isInverse: boolean;
}

export const PLAIN: IStyle = { fg: null, bg: null, isBold: false, isUnderlined: false, isInverse: false };

/** A piece of a line in one style. */
export interface IPiece {
  readonly text: string;
  readonly style: IStyle;
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
// eslint-disable-next-line no-control-regex
const SGR = /\u001b\[([\d;:]*)m/g;
/** A line of more pieces goes on in the last style: nobody reads it, and it has to be drawn while scrolling. */
const PIECES_MOST = 300;

/** The colour of 256, or of red, green and blue, that begins at `at`; and how many numbers it took. */
function extended(numbers: readonly number[], at: number): [Color | null, number] {
  const bytes = numbers.slice(at + 1, at + 4);
  switch (numbers[at]) {
    case 2:
      return bytes.length === 3 ? [exact(bytes), 4] : [null, numbers.length];
    case 5:
      return [palette(numbers[at + 1] ?? 256), 2];
    default:
      return [null, numbers.length];
  }
}

function exact(bytes: readonly number[]): Color {
  const [r = 0, g = 0, b = 0] = bytes.map(byte => Math.min(255, byte));
  return `rgb(${r}, ${g}, ${b})`;
}

/** The colours of xterm: sixteen of the terminal, a cube of 6, and greys. */
function palette(n: number): Color | null {
  if (n < 16) {
    return n;
  }
  if (n < 232) {
    const cube = [Math.floor((n - 16) / 36), Math.floor((n - 16) / 6) % 6, (n - 16) % 6];
    return exact(cube.map(level => (level === 0 ? 0 : 55 + 40 * level)));
  }
  return n < 256 ? exact([8, 8, 8].map(first => first + 10 * (n - 232))) : null;
}

/** The style after one escape. */
function after(style: IStyle, parameters: string): IStyle {
  const numbers = parameters.split(/[;:]/).map(Number);
  let next = style;
  for (let at = 0; at < numbers.length; at++) {
    const n = numbers[at] ?? 0;
    if (n === 0) {
      next = PLAIN;
    } else if (n === 1) {
      next = { ...next, isBold: true };
    } else if (n === 21 || n === 22) {
      next = { ...next, isBold: false };
    } else if (n === 4 || n === 24) {
      next = { ...next, isUnderlined: n === 4 };
    } else if (n === 7 || n === 27) {
      next = { ...next, isInverse: n === 7 };
    } else if (n === 38 || n === 48) {
      const [color, taken] = extended(numbers, at + 1);
      at += taken;
      next = color === null ? next : n === 38 ? { ...next, fg: color } : { ...next, bg: color };
    } else if ((n >= 30 && n <= 37) || (n >= 90 && n <= 97)) {
      next = { ...next, fg: n < 90 ? n - 30 : n - 82 };
    } else if ((n >= 40 && n <= 47) || (n >= 100 && n <= 107)) {
      next = { ...next, bg: n < 100 ? n - 40 : n - 92 };
    } else if (n === 39) {
      next = { ...next, fg: null };
    } else if (n === 49) {
      next = { ...next, bg: null };
    }
  }
  return next;
}

/** The style at the end of a line that begins in `style`. */
export function endOf(line: string, style: IStyle = PLAIN): IStyle {
  let last = style;
  if (line.includes('\u001b')) {
    for (const [, parameters = ''] of line.matchAll(SGR)) {
      last = after(last, parameters);
    }
  }
  return last;
}

/** Whether two styles look the same. */
export function isSame(a: IStyle, b: IStyle): boolean {
  return (Object.keys(PLAIN) as (keyof IStyle)[]).every(key => a[key] === b[key]);
}

/** The escape that leads from plain text to a style; empty for plain text. */
export function codeOf(style: IStyle): string {
  const color = (kind: 30 | 40, value: Color | null): string[] => {
    if (value === null) {
      return [];
    }
    return typeof value === 'number'
      ? [String(kind + (value < 8 ? value : value + 52))]
      : [`${kind + 8};2;${(value.match(/\d+/g) ?? []).join(';')}`];
  };
  const codes = [
    ...(style.isBold ? ['1'] : []),
    ...(style.isUnderlined ? ['4'] : []),
    ...(style.isInverse ? ['7'] : []),
    ...color(30, style.fg),
    ...color(40, style.bg)
  ];
  return codes.length === 0 ? '' : `\u001b[${codes.join(';')}m`;
}

/** The text of a line, without its colours. */
export function textOf(line: string): string {
  return line.includes('\u001b') ? line.replace(SGR, '') : line;
}

/** Take a line that begins plain apart. */
export function piecesOf(line: string): IPiece[] {
  if (!line.includes('\u001b')) {
    return line === '' ? [] : [{ text: line, style: PLAIN }];
  }
  const pieces: IPiece[] = [];
  let current = PLAIN;
  let from = 0;
  for (const match of line.matchAll(SGR)) {
    if (match.index > from) {
      pieces.push({ text: line.slice(from, match.index), style: current });
    }
    if (pieces.length >= PIECES_MOST) {
      from = match.index;
      break;
    }
    current = after(current, match[1] ?? '');
    from = match.index + match[0].length;
  }
  const rest = textOf(line.slice(from));
  return rest === '' ? pieces : [...pieces, { text: rest, style: current }];
}

/** What a style is in JupyterLab: classes of its text outputs, and exact colours. */
export function lookOf(style: IStyle): { classes: string; color?: string; backgroundColor?: string } {
  const { isBold, isInverse } = style;
  // As in terminals: bold makes the eight colours intense.
  const bright = isBold && typeof style.fg === 'number' && style.fg < 8 ? style.fg + 8 : style.fg;
  const [fg, bg] = isInverse ? [style.bg, bright] : [bright, style.bg];
  const named = (color: Color | null, kind: 'fg' | 'bg'): string => {
    if (color === null) {
      return isInverse ? `ansi-default-inverse-${kind}` : '';
    }
    return typeof color === 'number'
      ? `ansi-${NAMES[color % 8] ?? ''}${color < 8 ? '' : '-intense'}-${kind}`
      : '';
  };
  const classes = [
    named(fg, 'fg'),
    named(bg, 'bg'),
    isBold ? 'ansi-bold' : '',
    style.isUnderlined ? 'ansi-underline' : ''
  ];
  return {
    classes: classes.filter(each => each !== '').join(' '),
    ...(typeof fg === 'string' ? { color: fg } : {}),
    ...(typeof bg === 'string' ? { backgroundColor: bg } : {})
  };
}
