import { describe, expect, it } from 'vitest';

import type { Form } from '../../api/client';
import type { Status } from '../../ui/mark';
import { naturalStep } from '../page/page';

describe('the step that is shown when nobody chose one', () => {
  it.each<[string, string, string | null, string | null]>([
    ['the first while the run waits', 'queued pending pending', null, 'a'],
    ['the first that runs', 'succeeded running running', null, 'b'],
    ['what runs rather than what failed', 'failed skipped running', null, 'c'],
    ['the first that failed', 'succeeded failed failed', null, 'b'],
    ['the first when all is well', 'succeeded succeeded succeeded', null, 'a'],
    ['the first that was executed when the others were taken over', 'reused reused succeeded', null, 'c'],
    ['what is to be executed when the others were taken over', 'reused pending pending', null, 'b'],
    ['the first when nothing was executed', 'reused reused reused', null, 'a'],
    ['the same after a cancel', 'succeeded cancelled cancelled', 'b', 'b'],
    ['the same as long as it runs', 'running running failed', 'b', 'b'],
    ['what runs next', 'succeeded running pending', 'a', 'b'],
    ['what failed meanwhile', 'succeeded failed skipped', 'a', 'b'],
    ['the same when all is well', 'succeeded succeeded succeeded', 'c', 'c'],
    ['none when there is none', '', null, null]
  ])('is %s', (_, words, before, name) => {
    const steps = words
      .split(' ')
      .filter(word => word !== '')
      .map((word, index) => {
        const isExecuted = !['reused', 'pending', 'queued', 'skipped'].includes(word);
        const status = word === 'reused' ? 'succeeded' : (word as Status);
        return { name: 'abc'.charAt(index), status, attempts: isExecuted ? 1 : 0 } as Form<'StepRun'>;
      });
    expect(naturalStep({ steps }, before)).toBe(name);
  });
});
