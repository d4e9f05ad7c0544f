/** What a browser has, JupyterLab touches while it is imported, and jsdom lacks. */

class ResizeObserverShim {
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

class DragEventShim extends MouseEvent {}

Object.assign(globalThis, {
  ResizeObserver: ResizeObserverShim,
  DragEvent: DragEventShim,
  requestIdleCallback: (callback: () => void) => setTimeout(callback, 0),
  matchMedia: (query: string) => ({
    media: query,
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined
  })
});
