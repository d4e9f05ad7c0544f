import { readFileSync } from 'node:fs';

import { defineConfig, type Plugin } from 'vitest/config';

/** JupyterLab's bundler gives an SVG as its text; the tests get the same. */
const svgAsText: Plugin = {
  name: 'svg-as-text',
  enforce: 'pre',
  load(id) {
    return id.endsWith('.svg') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : null;
  }
};

export default defineConfig({
  plugins: [svgAsText],
  test: {
    environment: 'jsdom',
    include: ['src/**/__tests__/**/*.spec.{ts,tsx}'],
    setupFiles: ['src/__tests__/setup.ts'],
    restoreMocks: true,
    // For a machine many times slower than ours.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // These packages ship ES modules that Node's own loader does not take.
    server: {
      deps: {
        inline: [/@jupyterlab/, /@jupyter/, /@lumino/, /@microsoft\/fast/, /yjs/, /y-protocols/, /lib0/]
      }
    }
  }
});
