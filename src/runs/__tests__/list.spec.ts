import { describe, expect, it } from 'vitest';

import type { Form } from '../../api/client';
import { nullTranslator } from '@jupyterlab/translation';

import { type IFilter, RunList } from '../list';
import { secondText } from '../row';

type Row = Form<'RunRow'>;

export function row(id: string, more: Partial<Row> = {}): Row {
  return {
    id,
    name: `run ${id}`,
    status: 'succeeded',
    path: 'a.ipynb',
    job: null,
    retry_of: null,
    parameters: {},
    metrics: {},
    done: 1,
    total: 1,
    current: [],
    failed_step: null,
    error: null,
    cancel_requested: false,
    created_at: '2026-11-21T14:00:00Z',
    started_at: '2026-11-21T14:00:00Z',
    finished_at: '2026-11-21T14:00:01Z',
    ...more
  };
}

/** Runs on a server, newest first, with pages as the API gives them. */
class Runs {
  rows: Row[] = [];
  asked = 0;
  isAway = false;

  constructor(count: number) {
    this.rows = Array.from({ length: count }, (_, index) => row(String(count - index)));
  }

  page(filter: IFilter, limit: number, cursor: string | null): Promise<Form<'RunPage'>> {
    this.asked += 1;
    if (this.isAway) {
      return Promise.reject(new Error('away'));
    }
    const all = this.rows.filter(
      each => (filter.status === '' || each.status === filter.status) && each.name.includes(filter.q)
    );
    const from = cursor === null ? 0 : all.findIndex(each => each.id === cursor) + 1;
    const runs = all.slice(from, from + limit);
    return Promise.resolve({
      runs,
      next_cursor: from + limit < all.length ? (runs.at(-1)?.id ?? null) : null
    });
  }

  one(id: string): Promise<Row | null> {
    this.asked += 1;
    return Promise.resolve(this.rows.find(each => each.id === id) ?? null);
  }
}

const ALL: IFilter = { q: '', status: '' };
const ids = (list: RunList): string[] => list.rows.map(each => each.id);

async function loaded(server: Runs, pages: number): Promise<RunList> {
  const list = new RunList(server);
  await list.show(ALL);
  for (let page = 1; page < pages; page++) {
    await list.more();
  }
  return list;
}

describe('RunList', () => {
  it('grows page by page to the end, each row once', async () => {
    const server = new Runs(420);
    const list = await loaded(server, 1);
    expect([list.rows.length, list.hasMore, list.isReady]).toEqual([50, true, true]);
    await Promise.all([list.more(), list.more()]);
    expect(list.rows).toHaveLength(250);
    await list.more();
    expect([list.rows.length, list.hasMore]).toEqual([420, false]);
    await list.more();
    expect(server.asked).toBe(3);
    expect(ids(list)).toEqual(server.rows.map(each => each.id));
  });

  it('takes a new run and a changed one with two requests, however much is loaded', async () => {
    const server = new Runs(1000);
    const list = await loaded(server, 4);
    const before = server.asked;
    server.rows.unshift(row('new', { status: 'running' }));
    server.rows[400] = row('601', { status: 'failed' });
    const changed = server.rows[400].id;
    await list.follow([
      { run: 'new', change: 'changed' },
      { run: changed, change: 'changed' }
    ]);
    expect(server.asked - before).toBe(2);
    expect(ids(list)).toEqual(server.rows.slice(0, 651).map(each => each.id));
    expect(list.rows.find(each => each.id === changed)?.status).toBe('failed');
  });

  it('drops what was deleted, in the first page and behind it', async () => {
    const server = new Runs(400);
    const list = await loaded(server, 2);
    const gone = ['397', '280'];
    server.rows = server.rows.filter(each => !gone.includes(each.id));
    await list.follow(gone.map(run => ({ run, change: 'deleted' as const })));
    expect(ids(list).filter(id => gone.includes(id))).toEqual([]);
    expect(ids(list)).toEqual(server.rows.slice(0, list.rows.length).map(each => each.id));
  });

  it('begins anew when more came than a page holds', async () => {
    const server = new Runs(300);
    const list = await loaded(server, 2);
    server.rows.unshift(...Array.from({ length: 80 }, (_, index) => row(`n${80 - index}`)));
    await list.follow([{ run: 'n80', change: 'changed' }]);
    expect(ids(list)).toEqual(server.rows.slice(0, 50).map(each => each.id));
    await list.more();
    expect(ids(list)).toEqual(server.rows.slice(0, 250).map(each => each.id));
  });

  it('asks again for all that was loaded when everything may have changed', async () => {
    const server = new Runs(300);
    const list = await loaded(server, 2);
    server.rows = server.rows.map(each => ({ ...each, status: 'failed' }));
    await list.follow([{ run: null, change: 'everything' }]);
    expect(list.rows).toHaveLength(250);
    expect(new Set(list.rows.map(each => each.status))).toEqual(new Set(['failed']));
  });

  it('shows the newest filter only, and a row that does not belong any more leaves', async () => {
    const server = new Runs(100);
    server.rows[70] = row('30', { status: 'running' });
    const list = new RunList(server);
    const first = list.show(ALL);
    const second = list.show({ q: '', status: 'running' });
    await Promise.all([first, second]);
    expect(ids(list)).toEqual(['30']);
    server.rows[70] = row('30');
    await list.follow([{ run: '30', change: 'changed' }]);
    expect(ids(list)).toEqual([]);
  });

  it('keeps its rows when the server is away, says so, and recovers', async () => {
    const server = new Runs(10);
    const list = await loaded(server, 1);
    server.isAway = true;
    await list.follow([{ run: '10', change: 'changed' }]);
    expect([list.rows.length, list.error?.message]).toEqual([10, 'away']);
    server.isAway = false;
    await list.renew();
    expect(list.error).toBeNull();
  });
});

describe('the second line of a run', () => {
  it.each([
    [{ status: 'running', done: 2, total: 19, current: ['train'] }, 'train · 2 of 19 steps'],
    [{ status: 'running', done: 0, total: 1 }, '0 of 1 step']
  ] as const)('counts the steps that are done, then all: %o', (more, text) => {
    const trans = nullTranslator.load('jupyter_mlops');
    expect(
      secondText(row('1', { ...more, current: [...('current' in more ? more.current : [])] }), 0, trans)
    ).toBe(text);
  });
});
