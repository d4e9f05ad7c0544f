/**
 * The list of runs as the browser has it: newest first, grown page by page while the user scrolls. A hint renews the
 * first page and the rows that it names, never all that was loaded: with 100,000 runs that would be 2,000 requests.
 */

import { type ISignal, Signal } from '@lumino/signaling';

import type { Form } from '../api/client';
import type { IHint } from '../api/live';

type Row = Form<'RunRow'>;
type Page = Form<'RunPage'>;

/** Which runs are listed. */
export interface IFilter {
  readonly q: string;
  readonly status: Row['status'] | 'active' | '';
}

/** Where rows come from. */
export interface IRunSource {
  page(filter: IFilter, limit: number, cursor: string | null): Promise<Page>;
  /** A row by its id; null when there is none any more. */
  one(id: string): Promise<Row | null>;
}

const HEAD = 50;
const MORE = 200;
/** After a reconnect this many rows are asked for at once, and at most this many in all. */
const BULK = 500;
const BULK_MOST = 3000;

export class RunList {
  constructor(private readonly _source: IRunSource) {}

  get rows(): readonly Row[] {
    return this._rows;
  }

  get filter(): IFilter {
    return this._filter;
  }

  /** Why the list is not what it should be; null when it is. */
  get error(): Error | null {
    return this._error;
  }

  get isLoading(): boolean {
    return this._busy > 0;
  }

  /** Whether the first answer is there. */
  get isReady(): boolean {
    return this._isReady;
  }

  /** Whether there are older rows to load. */
  get hasMore(): boolean {
    return this._cursor !== null;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Begin anew with another filter. */
  async show(filter: IFilter): Promise<void> {
    this._filter = filter;
    this._turn += 1;
    await this._guard(async isCurrent => {
      const page = await this._source.page(filter, HEAD, null);
      if (isCurrent()) {
        this._rows = page.runs;
        this._cursor = page.next_cursor;
        this._isReady = true;
      }
    });
  }

  /** Load older rows; no-op while some are on their way. */
  async more(): Promise<void> {
    const cursor = this._cursor;
    if (cursor === null || this._isGrowing) {
      return;
    }
    this._isGrowing = true;
    await this._guard(async isCurrent => {
      const page = await this._source.page(this._filter, MORE, cursor);
      // A page renewed in between may have brought another end.
      if (isCurrent() && this._cursor === cursor) {
        const known = new Set(this._rows.map(row => row.id));
        this._rows = [...this._rows, ...page.runs.filter(row => !known.has(row.id))];
        this._cursor = page.next_cursor;
      }
    });
    this._isGrowing = false;
  }

  /** Follow hints. */
  async follow(hints: readonly IHint[]): Promise<void> {
    if (hints.some(hint => hint.change === 'everything')) {
      await this.renew();
      return;
    }
    const deleted = new Set(hints.filter(hint => hint.change === 'deleted').map(hint => hint.run));
    const changed = new Set(hints.map(hint => hint.run).filter(run => run !== null && !deleted.has(run)));
    await this._guard(async isCurrent => {
      const page = await this._source.page(this._filter, HEAD, null);
      const inHead = new Set(page.runs.map(row => row.id));
      const behind = this._rows.filter(row => changed.has(row.id) && !inHead.has(row.id));
      const renewed = new Map<string, Row | null>();
      for (const row of behind) {
        renewed.set(row.id, await this._source.one(row.id));
      }
      if (!isCurrent()) {
        return;
      }
      this._rows = this._rows
        .filter(row => !deleted.has(row.id))
        .map(row => (renewed.has(row.id) ? (renewed.get(row.id) ?? null) : row))
        .filter(row => row !== null && this._belongs(row)) as Row[];
      this._merge(page);
      this._isReady = true;
    });
  }

  /** Ask again for what was loaded, as after a reconnect. */
  async renew(): Promise<void> {
    const wanted = Math.min(Math.max(HEAD, this._rows.length), BULK_MOST);
    await this._guard(async isCurrent => {
      const rows: Row[] = [];
      let cursor: string | null = null;
      do {
        const page: Page = await this._source.page(
          this._filter,
          Math.min(wanted - rows.length, BULK),
          cursor
        );
        rows.push(...page.runs);
        cursor = page.next_cursor;
      } while (cursor !== null && rows.length < wanted && isCurrent());
      if (isCurrent()) {
        this._rows = rows;
        this._cursor = cursor;
        this._isReady = true;
      }
    });
  }

  /** Put a new first page before the older rows. */
  private _merge(page: Page): void {
    const last = page.runs.at(-1);
    const at = last === undefined ? -1 : this._rows.findIndex(row => row.id === last.id);
    if (page.next_cursor === null || at < 0) {
      this._rows = page.runs;
      this._cursor = page.next_cursor;
      return;
    }
    const known = new Set(page.runs.map(row => row.id));
    const older = this._rows.slice(at + 1).filter(row => !known.has(row.id));
    this._rows = [...page.runs, ...older];
    if (older.length === 0) {
      this._cursor = page.next_cursor;
    }
  }

  private _belongs(row: Row): boolean {
    const { status } = this._filter;
    return (
      status === '' ||
      status === row.status ||
      (status === 'active' && (row.status === 'queued' || row.status === 'running'))
    );
  }

  private async _guard(work: (isCurrent: () => boolean) => Promise<void>): Promise<void> {
    const turn = this._turn;
    const isCurrent = (): boolean => turn === this._turn;
    this._busy += 1;
    this._changed.emit(undefined);
    try {
      await work(isCurrent);
      if (isCurrent()) {
        this._error = null;
      }
    } catch (error) {
      if (isCurrent()) {
        this._error = error instanceof Error ? error : new Error(String(error));
      }
    } finally {
      this._busy -= 1;
      this._changed.emit(undefined);
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _rows: readonly Row[] = [];
  private _cursor: string | null = null;
  private _filter: IFilter = { q: '', status: '' };
  private _error: Error | null = null;
  private _busy = 0;
  private _turn = 0;
  private _isReady = false;
  private _isGrowing = false;
}
