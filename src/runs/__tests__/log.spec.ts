import { describe, expect, it, vi } from 'vitest';

import { textOf } from '../page/ansi';
import { EARLIER_BYTES, type ILogPiece, LogReader, LogText, shownLine, TAIL_BYTES } from '../page/log';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function piece(whole: Uint8Array, start: number, end: number, isComplete = false): ILogPiece {
  return { bytes: whole.subarray(start, end), start, size: whole.length, isComplete, attempt: '1' };
}

/** A log on a server: answers ranges as HTTP does, byte for byte. */
function serverOf(state: { text: string; isOver: boolean; attempt?: string }) {
  const asked: string[] = [];
  const source = (range: string, waitS: number): Promise<ILogPiece> => {
    const whole = bytesOf(state.text);
    const [, first = '', last = ''] = /(\d*)-(\d*)/.exec(range) ?? [];
    const start = first === '' ? Math.max(0, whole.length - Number(last)) : Number(first);
    const end = first !== '' && last !== '' ? Number(last) + 1 : whole.length;
    asked.push(`${range}${waitS >= 1 ? ' waits' : ''}`);
    const isComplete = state.isOver && end >= whole.length;
    return Promise.resolve({ ...piece(whole, start, end, isComplete), attempt: state.attempt ?? '1' });
  };
  return { source, asked };
}

describe('shownLine', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['10%\r50%\r100%', '100%'],
    ['windows\r', 'windows'],
    ['\u001b]0;title\u0007text', 'text'],
    ['plain', 'plain']
  ])('shows %j', (line, shown) => {
    expect(textOf(shownLine(line))).toBe(shown);
  });
});

describe('LogText', () => {
  it('is the same lines, wherever the pieces are cut', () => {
    const lines = ['first', '', 'größer ☃ 🎉', 'x'.repeat(50), 'last without an end'];
    const whole = bytesOf(lines.join('\n'));
    for (let cut = 1; cut < whole.length; cut++) {
      const forward = new LogText();
      forward.append(piece(whole, 0, cut));
      forward.append(piece(whole, cut, whole.length, true));
      expect(forward.lines, `appended at ${cut}`).toEqual(lines);
    }
  });

  it('is the same lines when the earlier piece comes later', () => {
    const lines = ['first', '', 'größer ☃ 🎉', 'x'.repeat(20), 'last', ''];
    const whole = bytesOf(lines.join('\n'));
    // A tail without any end of line has no line to begin with: the reader's tail is longer than that.
    for (let cut = 1; cut < whole.length - 6; cut++) {
      const text = new LogText();
      text.append(piece(whole, cut, whole.length, true));
      const before = text.count;
      const came = text.prepend(piece(whole, 0, cut));
      expect(text.lines, `cut at ${cut}`).toEqual(lines.slice(0, -1));
      expect(text.count - before).toBe(came);
      expect([text.start, text.end]).toEqual([0, whole.length]);
    }
  });
});

describe('LogReader', () => {
  it('loads the tail of a long log, and what is before when it is asked', async () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index} ${'.'.repeat(20)}`);
    const server = serverOf({ text: lines.join('\n') + '\n', isOver: true });
    const reader = new LogReader(server.source, () => undefined);
    await reader.follow();
    expect(server.asked).toEqual([`-${TAIL_BYTES}`]);
    expect(reader.text.line(reader.text.count - 1)).toBe(lines.at(-1));
    expect(reader.text.count).toBeLessThan(6000);
    while (reader.text.start > 0) {
      await reader.earlier();
    }
    expect(reader.text.lines).toEqual(lines);
    expect(server.asked).toHaveLength(
      1 + Math.ceil((bytesOf(lines.join('\n')).length - TAIL_BYTES) / EARLIER_BYTES)
    );
    expect(await reader.earlier()).toBe(0);
  });

  it('follows until the log is complete, and survives a server that is away', async () => {
    vi.useFakeTimers();
    const state = { text: 'one\n', isOver: false };
    const server = serverOf(state);
    let calls = 0;
    const reader = new LogReader(
      (range, waitS) => {
        calls += 1;
        if (calls === 2) {
          return Promise.reject(Object.assign(new Error('away'), { status: 0 }));
        }
        if (calls === 3) {
          Object.assign(state, { text: 'one\ntwo\n', isOver: true });
        }
        return server.source(range, waitS);
      },
      () => undefined
    );
    const done = reader.follow();
    await vi.runAllTimersAsync();
    await done;
    vi.useRealTimers();
    expect(reader.text.lines).toEqual(['one', 'two']);
    expect(reader.error).toBeNull();
    expect(server.asked.at(-1)).toBe('4- waits');
  });

  it('begins anew when there is another attempt', async () => {
    const state = { text: 'first try\n', isOver: false, attempt: '1' };
    const server = serverOf(state);
    const reader = new LogReader(
      (range, waitS) => {
        if (range === '10-') {
          Object.assign(state, { text: 'second\n', isOver: true, attempt: '2' });
        }
        return server.source(range, waitS);
      },
      () => undefined
    );
    await reader.follow();
    expect(reader.text.lines).toEqual(['second']);
  });
});
