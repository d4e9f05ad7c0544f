// @vitest-environment node
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import { minify } from 'terser';
import { describe, expect, it } from 'vitest';

const STATIC = resolve(import.meta.dirname, '../../jupyter_mlops/labextension/static');
/** What the lab loads at its start may not be larger, in bytes as they go over the wire. The build that is there may be
 * one for development, so it is minified first, with what a production build uses. */
const AT_START = 60_000;

/** Which files only the lazily imported views need: their chunk, and the libraries that it draws in. */
const LAZY = /lib_views|lib_ui_example|vendors-.*(xyflow|dagre|tanstack|query)/;

describe('the built extension', () => {
  const files = existsSync(STATIC) ? readdirSync(STATIC).filter(name => name.endsWith('.js')) : [];

  it.skipIf(!files.some(name => LAZY.test(name)))(
    'loads less than 60 kB at the start of the lab',
    async () => {
      const atStart: [string, number][] = [];
      for (const name of files.filter(file => !LAZY.test(file))) {
        const { code = '' } = await minify(readFileSync(resolve(STATIC, name), 'utf8'));
        expect(code, name).not.toBe('');
        atStart.push([name, gzipSync(code).length]);
      }
      const total = atStart.reduce((sum, [, size]) => sum + size, 0);
      expect(total, JSON.stringify(atStart)).toBeLessThan(AT_START);
      // Nothing heavy hides in the light part.
      for (const [name] of atStart) {
        const text = readFileSync(resolve(STATIC, name), 'utf8');
        expect(text.includes('react-flow__'), name).toBe(name.startsWith('style_index'));
      }
    }
  );
});
