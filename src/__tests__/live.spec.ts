import type { Event } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { ApiError, type Form } from '../api/client';
import { type IHint, Live, RUN_SCHEMA } from '../api/live';

const QUICK = { asking: 20, answers: 20, unreachable: 20, missing: 40_000, refused: 40_000 };
let live: Live | null = null;

afterEach(() => {
  live?.dispose();
});

function start(first: () => Promise<Form<'Activity'>>) {
  const stream = new Signal<unknown, Event.Emission>({});
  const server = { ask: first };
  const source = { events: { stream }, connectionFailure: new Signal<unknown, Error>({}) };
  const made = new Live(source, () => server.ask(), QUICK);
  live = made;
  const hints: IHint[] = [];
  made.changed.connect((_, hint) => hints.push(hint));
  return { live: made, stream, server, hints };
}

const activity =
  (last_event: number, running = 0) =>
  () =>
    Promise.resolve({ queued: 0, running, last_event });
const EVERYTHING = { run: null, change: 'everything' };

describe('Live', () => {
  it('turns the events of runs into hints, and no others', async () => {
    const { stream, hints } = start(activity(1));
    stream.emit({ schema_id: 'other' });
    stream.emit({
      schema_id: RUN_SCHEMA,
      run_id: 'a',
      name: 'churn',
      status: 'running',
      change: 'changed',
      seq: 1
    });
    expect(hints).toEqual([{ run: 'a', change: 'changed', name: 'churn', status: 'running' }]);
    await Promise.resolve();
  });

  it('asks for everything again when the server was away', async () => {
    const { live, server, hints } = start(activity(1));
    await vi.waitFor(() => {
      expect(live.reach).toBe('answers');
    });
    server.ask = () => Promise.reject(new ApiError(0, 'server.unreachable', 'away'));
    await vi.waitFor(() => {
      expect(live.reach).toBe('unreachable');
    });
    expect(hints).toEqual([]);
    server.ask = activity(1, 2);
    await vi.waitFor(() => {
      expect([live.reach, live.activity?.running]).toEqual(['answers', 2]);
    });
    expect(hints).toEqual([EVERYTHING]);
  });

  it('notices that events were lost', async () => {
    const { live, server, hints } = start(activity(1));
    await vi.waitFor(() => {
      expect(live.activity).not.toBeNull();
    });
    server.ask = activity(7);
    await vi.waitFor(() => {
      expect(hints).toEqual([EVERYTHING]);
    });
  });

  it('notices that the last of some events was lost, and that none was', async () => {
    const { live, stream, server, hints } = start(activity(5));
    const event = { schema_id: RUN_SCHEMA, run_id: 'a', name: 'churn', status: 'running', change: 'changed' };
    await vi.waitFor(() => {
      expect(live.activity).not.toBeNull();
    });
    const ask = vi.fn(activity(7));
    stream.emit({ ...event, seq: 6 });
    stream.emit({ ...event, seq: 7 });
    server.ask = ask;
    await vi.waitFor(() => {
      expect(ask.mock.calls.length).toBeGreaterThan(2);
    });
    expect(hints.filter(hint => hint.run === null)).toEqual([]);
    // The socket breaks between two events: the end of the run is not heard of.
    stream.emit({ ...event, seq: 8 });
    server.ask = vi.fn(activity(9));
    await vi.waitFor(() => {
      expect(hints.filter(hint => hint.run === null)).toEqual([EVERYTHING]);
    });
    // Asked for once, not at every beat.
    const later = vi.fn(activity(9));
    server.ask = later;
    await vi.waitFor(() => {
      expect(later.mock.calls.length).toBeGreaterThan(2);
    });
    expect(hints.filter(hint => hint.run === null)).toHaveLength(1);
  });

  it.each([
    [404, 'missing'],
    [403, 'refused']
  ])('says so when the server answers %d', async (status, reach) => {
    const { live } = start(() => Promise.reject(new ApiError(status, 'x', 'x')));
    const seen = vi.fn();
    live.stateChanged.connect(seen);
    await vi.waitFor(() => {
      expect(live.reach).toBe(reach);
    });
    expect(seen).toHaveBeenCalled();
  });
});
