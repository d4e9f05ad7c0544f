import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { MlopsPanel, type StatusSource } from '../ui/panel';

let panel: MlopsPanel | undefined;

function show(askStatus: StatusSource): HTMLElement {
  panel = new MlopsPanel(askStatus);
  Widget.attach(panel, document.body);
  return panel.node;
}

afterEach(() => {
  panel?.dispose();
});

describe('MlopsPanel', () => {
  it('says what works and the version of the package', async () => {
    const node = show(() => Promise.resolve({ version: 1, package: '0.1.0' }));
    await vi.waitFor(() => {
      expect(node.textContent).toContain('jupyter-mlops 0.1.0');
    });
    expect(node.querySelector('h2')?.textContent).toBe('MLOps');
    expect(node.textContent).toContain('jupyter mlops run NOTEBOOK');
    expect(node.querySelector('[role=alert]')).toBeNull();
  });

  it('says so in one line when the server extension does not answer', async () => {
    const node = show(() => Promise.resolve(null));
    await vi.waitFor(() => {
      expect(node.querySelector('[role=alert]')?.textContent).toContain('does not answer');
    });
  });

  it('has an icon and a name for screen readers', () => {
    const node = show(() => Promise.resolve(null));
    expect(node.getAttribute('aria-label')).toBe('MLOps');
    expect(panel?.title.caption).toBe('MLOps');
    expect(panel?.title.icon).toMatchObject({ name: 'jupyter-mlops:mlops' });
  });
});
