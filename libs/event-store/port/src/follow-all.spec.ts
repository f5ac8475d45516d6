import { describe, expect, it } from '@jest/globals';
import { decimalPosition, followAll, WakeSignal } from './index.js';
import type { AllPage, ReadAllOptions, StoredEvent } from './index.js';

const HOUR_MS = 3_600_000;

/** A log of which only the count matters. */
function countingLog() {
  const log = { size: 0, wake: new WakeSignal(), reads: [] as ReadAllOptions[] };
  const readAll = (options: ReadAllOptions): Promise<AllPage> => {
    log.reads.push(options);
    const start = Number(options.after ?? 0);
    const end = Math.min(log.size, start + options.limit);
    const events = Array.from({ length: end - start }, () => ({}) as StoredEvent);
    return Promise.resolve({
      events,
      position: end === 0 ? undefined : decimalPosition(end),
      atHead: end === log.size,
    });
  };
  return { log, readAll };
}

describe('following a store that is read by pages', () => {
  it('catches up page by page, says when it is at the head, and goes on when woken', async () => {
    const { log, readAll } = countingLog();
    log.size = 5;
    const stop = new AbortController();
    const following = followAll(readAll, { signal: stop.signal, batchSize: 2 }, log.wake, HOUR_MS);
    const sizes: number[] = [];
    for await (const batch of following) {
      sizes.push(batch.events.length);
      if (batch.atHead && log.size === 5) {
        log.size = 6;
        log.wake.wake();
      } else if (batch.atHead) stop.abort();
    }
    expect(sizes).toEqual([2, 2, 1, 1]);
    expect(log.reads.at(-1)?.after).toBe(decimalPosition(5));
  });

  it('misses no change that falls between its read and its wait', async () => {
    const { log, readAll } = countingLog();
    const stop = new AbortController();
    const late = async (options: ReadAllOptions) => {
      const page = await readAll(options);
      if (log.reads.length === 1) {
        log.size = 1;
        log.wake.wake();
      }
      return page;
    };
    let seen = 0;
    for await (const batch of followAll(late, { signal: stop.signal }, log.wake, HOUR_MS)) {
      seen += batch.events.length;
      if (seen === 1) stop.abort();
    }
    expect(seen).toBe(1);
  });

  it('looks by itself when nobody wakes it', async () => {
    const { log, readAll } = countingLog();
    const stop = new AbortController();
    let seen = 0;
    for await (const batch of followAll(readAll, { signal: stop.signal }, log.wake, 5)) {
      seen += batch.events.length;
      if (batch.atHead && seen === 0) log.size = 1;
      if (seen === 1) stop.abort();
    }
    expect(seen).toBe(1);
  });

  it('ends when it is aborted during a read that never comes back', async () => {
    const stop = new AbortController();
    const following = followAll(
      () => new Promise<never>(() => undefined),
      { signal: stop.signal },
      new WakeSignal(),
      HOUR_MS,
    );
    const next = following.next();
    stop.abort();
    await expect(next).resolves.toMatchObject({ done: true });
  });
});
