import { describe, expect, it } from 'vitest';

import type { Form } from '../../api/client';
import type { Status } from '../../ui/mark';
import { naturalStep } from '../page/page';

describe('the step that is shown when nobody chose one', () => {
  it.each<[string, Status[], string | null]>([
    ['the first while the run waits', ['queued', 'pending', 'pending'], 'a'],
    ['the first that runs', ['succeeded', 'running', 'running'], 'b'],
    ['what runs rather than what failed', ['failed', 'skipped', 'running'], 'c'],
    ['the first that failed', ['succeeded', 'failed', 'failed'], 'b'],
    ['the first when all is well', ['succeeded', 'succeeded', 'succeeded'], 'a'],
    ['the first when it was cancelled', ['succeeded', 'cancelled', 'skipped'], 'a'],
    ['none when there is none', [], null]
  ])('is %s', (_, statuses, name) => {
    const steps = statuses.map((status, index) => ({ name: 'abc'.charAt(index), status }) as Form<'StepRun'>);
    expect(naturalStep({ steps })).toBe(name);
  });
});
