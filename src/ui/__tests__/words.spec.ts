import { describe, expect, it } from 'vitest';

import { count, duration, figure, literal, since, size, ticking, took, when } from '../words';

describe('words', () => {
  it.each([
    [0.04, '0.0 s'],
    [0.44, '0.4 s'],
    [9.96, '10 s'],
    [48, '48 s'],
    [124, '2 min 04 s'],
    [3600 + 5 * 60, '1 h 05 min'],
    [3 * 86400 + 2 * 3600, '3 d 2 h'],
    [-1, '0.0 s']
  ])('writes %d seconds', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('ticks in whole seconds', () => {
    expect([ticking(0.9), ticking(59.9), ticking(60.9)]).toEqual(['0 s', '59 s', '1 min 00 s']);
  });

  it('measures between moments, until now, and not before the beginning', () => {
    const now = Date.parse('2026-11-21T14:00:10Z');
    expect(took(null, null, now)).toBeNull();
    expect(took('2026-11-21T14:00:00Z', null, now)).toBe(10);
    expect(took('2026-11-21T14:00:00Z', '2026-11-21T14:00:02.5Z', now)).toBe(2.5);
    expect(took('2026-11-21T14:01:00Z', null, now)).toBe(0);
  });

  it('says when something was', () => {
    const now = new Date(2026, 10, 21, 14, 0, 0).getTime();
    const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();
    expect(since(new Date(now - 10_000).toISOString(), now)).toBe('now');
    expect(since(new Date(now - 300_000).toISOString(), now)).toBe('5 min ago');
    expect(since(at(2026, 10, 21, 9, 5), now)).toBe('09:05');
    expect(since(at(2026, 10, 20, 23, 59), now)).toBe('yesterday');
    expect(since(at(2026, 10, 18, 9, 5), now)).toBe('18 Nov');
    expect(since(at(2025, 10, 18, 9, 5), now)).toBe('18 Nov 2025');
    expect(when(at(2026, 10, 21, 9, 5), now)).toBe('09:05');
    expect(when(at(2026, 10, 20, 23, 59), now, true)).toMatch(/^20 Nov 23:59:\d\d$/);
    expect(when(at(2025, 10, 18, 9, 5), now)).toBe('18 Nov 2025 09:05');
  });

  it.each([
    [0, '0 B'],
    [812, '812 B'],
    [1400, '1.4 kB'],
    [31_000_000, '31 MB'],
    [999_999, '1.0 MB']
  ])('writes a size of %d bytes', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  it.each([
    [0.9137, '0.9137'],
    [70000, '70,000'],
    [1.2e-7, '1.2e-7'],
    [Infinity, 'Infinity'],
    ['high', 'high'],
    [-0.5, '-0.5']
  ])('writes the figure %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('parts thousands, and writes values as Python does', () => {
    expect(count(1234567)).toBe('1,234,567');
    expect([null, true, false, 0.1, 'a', [1, 'b']].map(literal)).toEqual([
      'None',
      'True',
      'False',
      '0.1',
      'a',
      '[1,"b"]'
    ]);
  });
});
