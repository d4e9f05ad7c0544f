/**
 * A log as the browser has it: its end first, earlier pieces when the user scrolls up, new ones while it is written.
 * Pieces are asked for by byte ranges; a piece may begin in the middle of a line or of a character.
 */

import { codeOf, endOf, isSame, type IStyle, PLAIN, textOf } from './ansi';

/** A piece of a log. */
export interface ILogPiece {
  readonly bytes: Uint8Array;
  /** Where the piece begins; the size of the log when it is empty. */
  readonly start: number;
  readonly size: number;
  /** Whether nothing will come behind this piece. */
  readonly isComplete: boolean;
  /** Whose log it is. */
  readonly attempt: string;
}

/** Asks for a piece: `-N` the last N bytes, `N-` from N on, `N-M` both included. */
export type LogSource = (range: string, waitS: number, signal: AbortSignal) => Promise<ILogPiece>;

/** Asked for at first, and further up. */
export const TAIL_BYTES = 128 * 1024;
export const EARLIER_BYTES = 512 * 1024;
const WAIT_S = 10;
/** The first answer does not wait, but who waits is not refused while there is nothing. */
const NOT_LONG_S = 0.01;
const NEWLINE = 10;
/** What follows the escape character, colours left out: cursor moves, titles of windows, and escapes that are cut. */
const ESCAPES =
  // eslint-disable-next-line no-control-regex
  /\u001b(?!\[[\d;:]*m)(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_]|\[[0-?]*$|$)/g;
const LINE_MOST = 20_000;

/**
 * A line as it is shown: of all escapes only colours stay; a progress bar that rewrites its line shows its last state.
 */
export function shownLine(line: string): string {
  const kept = line.endsWith('\r') ? line.slice(0, -1) : line;
  const from = kept.lastIndexOf('\r') + 1;
  const rewritten = from === 0 ? kept : codeOf(endOf(kept.slice(0, from))) + kept.slice(from);
  const short = rewritten.length > LINE_MOST ? rewritten.slice(0, LINE_MOST) : rewritten;
  const plain = short.includes('\u001b') ? short.replace(ESCAPES, '') : short;
  return short === rewritten ? plain : `${plain} …`;
}

export class LogText {
  /** The lines, oldest first; a last one without an end of line counts. */
  get lines(): readonly string[] {
    return Array.from({ length: this.count }, (_, index) => this.line(index));
  }

  /** How many lines there are, without making a list of them. */
  get count(): number {
    return this._lines.length + (this._rest.length === 0 ? 0 : 1);
  }

  /** A line without colours. */
  line(index: number): string {
    return textOf(this.colored(index));
  }

  /** A line with the escapes of its colours, as if it were alone: it begins with those that are in force. */
  colored(index: number): string {
    return this._lines[index] ?? codeOf(this._style) + shownLine(this._decode(this._rest));
  }

  /** The bytes that are here: from `start`, not including `end`. */
  get start(): number {
    return this._start;
  }

  get end(): number {
    return this._end;
  }

  /** The size of the whole log, as far as is known. */
  size = 0;
  isComplete = false;

  /** Add what was written behind the end. */
  append(piece: ILogPiece): void {
    this.size = Math.max(this.size, piece.size);
    this.isComplete = piece.isComplete;
    if (piece.bytes.length === 0) {
      return;
    }
    if (this._end === this._start) {
      this._start = piece.start;
    }
    this._end = piece.start + piece.bytes.length;
    const bytes = concat(this._rest, piece.bytes);
    const last = bytes.lastIndexOf(NEWLINE);
    this._rest = bytes.subarray(last + 1);
    if (last < 0) {
      return;
    }
    const lines = this._decode(bytes.subarray(0, last)).split('\n').map(shownLine);
    if (this._lines.length === 0 && this._head.length === 0 && this._start > 0) {
      // The first line began before this piece.
      this._head = bytes.subarray(0, bytes.indexOf(NEWLINE) + 1);
      lines.shift();
    }
    this._style = carry(lines, this._style);
    for (const line of lines) {
      this._lines.push(line);
    }
  }

  /** Add what is before the start; returns how many lines came. */
  prepend(piece: ILogPiece): number {
    if (piece.bytes.length === 0) {
      return 0;
    }
    this._start = piece.start;
    let bytes = concat(piece.bytes, this._head);
    this._head = new Uint8Array();
    if (this._start > 0) {
      const first = bytes.indexOf(NEWLINE);
      if (first < 0) {
        this._head = bytes;
        return 0;
      }
      this._head = bytes.subarray(0, first + 1);
      bytes = bytes.subarray(first + 1);
    }
    if (bytes.length === 0) {
      return 0;
    }
    const whole = bytes[bytes.length - 1] === NEWLINE ? bytes.subarray(0, bytes.length - 1) : bytes;
    const lines = this._decode(whole).split('\n').map(shownLine);
    const style = carry(lines, PLAIN);
    if (!isSame(style, PLAIN)) {
      this._begin(style);
    }
    this._lines = lines.concat(this._lines);
    return lines.length;
  }

  /** Let the lines that are here begin in a style, as far as it reaches. */
  private _begin(style: IStyle): void {
    let now = style;
    for (const [index, line] of this._lines.entries()) {
      const end = endOf(line, now);
      this._lines[index] = codeOf(now) + line;
      if (isSame(end, endOf(line))) {
        return;
      }
      now = end;
    }
    this._style = now;
  }

  private _decode(bytes: Uint8Array): string {
    return this._decoder.decode(bytes);
  }

  private readonly _decoder = new TextDecoder();
  /** Each as if it were alone: only then can one be drawn without those above it. */
  private _lines: string[] = [];
  /** What is in force behind the last of them. */
  private _style = PLAIN;
  /** The end of the line that began before `start`. */
  private _head: Uint8Array = new Uint8Array();
  /** The line that has no end yet. */
  private _rest: Uint8Array = new Uint8Array();
  private _start = 0;
  private _end = 0;
}

/** Let each line begin in what is in force above it; returns what is in force behind the last. */
function carry(lines: string[], style: IStyle): IStyle {
  let now = style;
  for (const [index, line] of lines.entries()) {
    if (now !== PLAIN) {
      lines[index] = codeOf(now) + line;
    }
    now = endOf(line, now);
  }
  return now;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) {
    return b;
  }
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Reads a log: the tail, what is written behind it, and on demand what is before. */
export class LogReader {
  constructor(
    private readonly _source: LogSource,
    private readonly _onChange: () => void
  ) {}

  text = new LogText();
  error: Error | null = null;
  /** Whether the tail is here. */
  isReady = false;

  get isLoadingEarlier(): boolean {
    return this._isEarlier;
  }

  stop(): void {
    this._abort.abort();
  }

  /** Load the tail, and follow until nothing will come any more. */
  async follow(): Promise<void> {
    this._abort.abort();
    this._abort = new AbortController();
    const { signal } = this._abort;
    const isStopped = (): boolean => signal.aborted;
    while (!isStopped() && !(this.isReady && this.text.isComplete)) {
      try {
        const piece = this.isReady
          ? await this._source(`${this.text.end}-`, WAIT_S, signal)
          : await this._source(`-${TAIL_BYTES}`, NOT_LONG_S, signal);
        if (isStopped()) {
          return;
        }
        this._take(piece);
      } catch (error) {
        if (isStopped()) {
          return;
        }
        this.error = error instanceof Error ? error : new Error(String(error));
        this._onChange();
        if ((error as { status?: number }).status !== 0 && (error as { status?: number }).status !== 503) {
          return;
        }
        await new Promise(resolve => setTimeout(resolve, 2000));
      }
    }
  }

  /** Load the piece before the start; returns how many lines came. */
  async earlier(bytes = EARLIER_BYTES): Promise<number> {
    const { text } = this;
    if (text.start === 0 || this._isEarlier) {
      return 0;
    }
    this._isEarlier = true;
    this._onChange();
    try {
      const from = Math.max(0, text.start - bytes);
      const piece = await this._source(`${from}-${text.start - 1}`, 0, this._abort.signal);
      return text === this.text ? text.prepend(piece) : 0;
    } catch {
      return 0;
    } finally {
      this._isEarlier = false;
      this._onChange();
    }
  }

  private _take(piece: ILogPiece): void {
    if (this.isReady && piece.attempt !== this._attempt) {
      this.text = new LogText();
      this.isReady = false;
      this._attempt = piece.attempt;
      this._onChange();
      return;
    }
    const isNews =
      !this.isReady ||
      piece.bytes.length > 0 ||
      piece.isComplete !== this.text.isComplete ||
      this.error !== null;
    this._attempt = piece.attempt;
    this.isReady = true;
    this.error = null;
    this.text.append(piece);
    if (isNews) {
      this._onChange();
    }
  }

  private _abort = new AbortController();
  private _attempt = '';
  private _isEarlier = false;
}
