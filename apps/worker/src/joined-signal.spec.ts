import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { joinSignals } from './joined-signal.js';

describe('a joined signal', () => {
  it('aborts with the first of its sources, for its reason', () => {
    const [task, lease] = [new AbortController(), new AbortController()];
    const { signal } = joinSignals(task.signal, lease.signal);
    expect(signal.aborted).toBe(false);
    lease.abort(new Error('the lease went'));
    task.abort(new Error('later'));
    expect(signal.reason).toEqual(new Error('the lease went'));
  });

  it('is aborted from the beginning when one of them was', () => {
    expect(joinSignals(AbortSignal.abort('gone'), new AbortController().signal).signal.reason).toBe('gone');
  });

  it('leaves nothing at its sources once it is released, and aborts no more', () => {
    const lease = new AbortController();
    const joined = Array.from({ length: 20 }, () => joinSignals(lease.signal));
    for (const { release } of joined) release();
    expect(getEventListeners(lease.signal, 'abort')).toEqual([]);
    lease.abort();
    expect(joined.some(({ signal }) => signal.aborted)).toBe(false);
  });
});
