import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckedAppend } from '@replicante/event-store';
import { eventually } from '@replicante/testing';
import { AppendBatcher, type AppendAnswer } from './append-batcher.js';

/** `waitMs` is longer than any test: a slow machine must not refuse what is answered by hand. */
const LIMITS = { flushesInFlight: 2, appendsPerFlush: 10, bytesPerFlush: 1_000, queued: 50, waitMs: 60_000 };
const append = (streamId: string, bytes = 1): CheckedAppend => ({
  streamId,
  expected: -1,
  events: [],
  bytes,
});
const answer: AppendAnswer = { revision: 0, position: '' };

/** A flush that is answered by hand. */
function heldFlush() {
  const groups: { readonly streams: readonly string[]; answer(): void }[] = [];
  const flush = (group: readonly CheckedAppend[]) =>
    new Promise<AppendAnswer[]>(resolve => {
      const streams = group.map(item => item.streamId);
      groups.push({ streams, answer: () => resolve(group.map(() => answer)) });
    });
  return { groups, flush };
}

const sent = (groups: readonly unknown[], count: number) =>
  eventually(() => groups.length >= count, { within: 2_000, every: 1 });

const opened: AppendBatcher[] = [];
const open = (...options: ConstructorParameters<typeof AppendBatcher>): AppendBatcher => {
  const batcher = new AppendBatcher(...options);
  opened.push(batcher);
  return batcher;
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map(batcher => batcher.close()));
});

describe('append batcher', () => {
  it('sends a lone append at once', async () => {
    const { groups, flush } = heldFlush();
    const call = open(flush, LIMITS).append(append('a'));
    await sent(groups, 1);
    expect(groups.map(group => group.streams)).toEqual([['a']]);
    groups[0]?.answer();
    await expect(call).resolves.toEqual(answer);
  });

  it('puts what arrives together into one flush, and no more flushes on their way than allowed', async () => {
    const { groups, flush } = heldFlush();
    const batcher = open(flush, LIMITS);
    const calls = Array.from({ length: 35 }, (_, i) => batcher.append(append(`s${i}`)));
    await sent(groups, 2);
    expect(groups.map(group => group.streams.length)).toEqual([10, 10]);
    groups[0]?.answer();
    await sent(groups, 3);
    expect(groups.map(group => group.streams.length)).toEqual([10, 10, 10]);
    groups[1]?.answer();
    await sent(groups, 4);
    for (const group of groups) group.answer();
    await expect(Promise.all(calls)).resolves.toHaveLength(35);
    expect(groups.flatMap(group => group.streams)).toEqual(calls.map((_, i) => `s${i}`));
  });

  it('keeps a flush within its bytes, but sends a larger append alone', async () => {
    const { groups, flush } = heldFlush();
    const batcher = open(flush, { ...LIMITS, flushesInFlight: 5 });
    for (const bytes of [600, 600, 5_000, 10]) void batcher.append(append(String(bytes), bytes));
    await sent(groups, 4);
    expect(groups.map(group => group.streams)).toEqual([['600'], ['600'], ['5000'], ['10']]);
    for (const group of groups) group.answer();
  });

  it('refuses as UNAVAILABLE what could not be sent in time, and what is too much to wait', async () => {
    const { groups, flush } = heldFlush();
    const batcher = open(flush, {
      ...LIMITS,
      flushesInFlight: 1,
      appendsPerFlush: 1,
      queued: 3,
      waitMs: 50,
    });
    void batcher.append(append('under way'));
    await sent(groups, 1);
    const waiting = [1, 2, 3].map(i => batcher.append(append(String(i))));
    await expect(batcher.append(append('one too many'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    for (const call of waiting) await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    groups[0]?.answer();
  });

  it('closes after what waits was answered, and refuses what comes later', async () => {
    const { groups, flush } = heldFlush();
    const batcher = open(flush, { ...LIMITS, flushesInFlight: 1, appendsPerFlush: 1 });
    const calls = [batcher.append(append('a')), batcher.append(append('b'))];
    const closed = batcher.close();
    await expect(batcher.append(append('late'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await sent(groups, 1);
    groups[0]?.answer();
    await sent(groups, 2);
    groups[1]?.answer();
    await expect(Promise.all(calls)).resolves.toHaveLength(2);
    await closed;
    await open(flush, LIMITS).close();
  });
});
