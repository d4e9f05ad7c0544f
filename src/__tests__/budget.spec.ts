// @vitest-environment node
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { minify } from 'terser';
import { describe, expect, it } from 'vitest';

const STATIC = resolve(import.meta.dirname, '../../jupyter_mlops/labextension/static');
/** What the lab loads at its start, and what is loaded when a view is first seen, may not be larger, in bytes as they
 * go over the wire. The build that is there may be one for development, so it is minified first, with what a
 * production build uses. */
const AT_START = 60_000;
const VIEWS = 180_000;

/** The parts that are imported lazily, one file each: the views with their libraries, and the example. */
const LAZY = /^(views|example)\./;

const textOf = (name: string): string => readFileSync(resolve(STATIC, name), 'utf8');

async function sizeOf(name: string): Promise<number> {
  const { code = '' } = await minify(textOf(name));
  expect(code, name).not.toBe('');
  return gzipSync(code).length;
}

// Minifying takes seconds, more of them on a machine that does other things.
describe('the built extension', { timeout: 120_000 }, () => {
  const files = existsSync(STATIC) ? readdirSync(STATIC).filter(name => name.endsWith('.js')) : [];
  const lazy = files.filter(name => LAZY.test(name));

  it.skipIf(files.length === 0)('loads less than 60 kB at the start of the lab', async () => {
    const atStart: [string, number][] = [];
    for (const name of files.filter(file => !lazy.includes(file))) {
      atStart.push([name, await sizeOf(name)]);
    }
    const total = atStart.reduce((sum, [, size]) => sum + size, 0);
    expect(total, JSON.stringify(atStart)).toBeLessThan(AT_START);
  });

  it.skipIf(files.length === 0)(
    'has its heavy part in one file, which is loaded when it is seen',
    async () => {
      expect(lazy.map(name => name.split('.')[0]).sort()).toEqual(['example', 'views']);
      const views = lazy.filter(name => name.startsWith('views.'));
      // The libraries are known by words of theirs, which minifying leaves alone.
      for (const mark of ['reactflow.dev', 'network-simplex', 'networkMode', 'scrollPaddingStart']) {
        const holders = files.filter(name => textOf(name).includes(mark));
        expect(holders, mark).toEqual(views);
      }
      expect(await sizeOf(views[0] ?? '')).toBeLessThan(VIEWS);
    }
  );
});
