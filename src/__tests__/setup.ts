/** What a browser has, JupyterLab touches while it is imported, and jsdom lacks; and patience for slow machines. */

import { vi } from 'vitest';

class ObserverShim {
  observe(): void {
    // jsdom has no layout, so there is never a new size to tell.
  }
  unobserve(): void {
    // see observe
  }
  disconnect(): void {
    // see observe
  }
}

/** Tests of files and builds run in Node alone, where there is no such thing. */
const Base = typeof MouseEvent === 'undefined' ? Event : MouseEvent;

class DragEventShim extends Base {}

Object.assign(globalThis, {
  ResizeObserver: ObserverShim,
  IntersectionObserver: ObserverShim,
  DragEvent: DragEventShim,
  requestIdleCallback: (callback: () => void) => setTimeout(callback, 0),
  matchMedia: (query: string) => ({
    media: query,
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined
  })
});

// jsdom says that its page is hidden, and what asks again and again rests in a hidden page.
if (typeof document !== 'undefined') {
  Object.defineProperty(document, 'hidden', { configurable: true, value: false });
}

// Left to itself it gives up after a second.
const waitFor = vi.waitFor.bind(vi);
vi.waitFor = (callback, options = { timeout: 60_000 }) => waitFor(callback, options);
