import { describe, expect, it } from '@jest/globals';
import { SendQueue, type Chunk, type OutgoingRecord, type Sending } from './send-queue.js';

const record = (value: string, partition = 0): OutgoingRecord => ({ topic: 't', partition, key: 'k', value });
const sending = (deadline = 100): Sending => {
  const made: Sending = {
    deadline,
    failed: false,
    resolve: () => undefined,
    reject: () => {
      made.failed = true;
    },
  };
  return made;
};
const valuesOf = (chunks: readonly Chunk[]) =>
  chunks.map(({ records }) => records.map(({ value }) => value?.slice(0, 2)).join());

describe('what waits to be sent', () => {
  it('travels together, in the order in which it came', () => {
    const queue = new SendQueue();
    queue.add(sending(), [record('a'), record('b')]);
    queue.add(sending(), [record('c')]);
    expect(valuesOf(queue.take(0))).toEqual(['a,b', 'c']);
    expect(queue.take(0)).toEqual([]);
  });

  it('is cut where one partition has no more room, and only its last part answers the caller', () => {
    const queue = new SendQueue();
    const [a, b, c] = ['a', 'b', 'c'].map(letter => letter.repeat(600_000));
    queue.add(sending(), [record(a!), record(b!), record(c!, 1)]);
    const first = queue.take(0);
    expect(valuesOf(first)).toEqual(['aa']);
    expect(first.map(({ last }) => last)).toEqual([false]);
    const second = queue.take(0);
    expect(valuesOf(second)).toEqual(['bb,cc']);
    expect(second.map(({ last }) => last)).toEqual([true]);
  });

  it('never waits for room that there will never be', () => {
    const queue = new SendQueue();
    queue.add(sending(), [record('é'.repeat(499_990))]);
    queue.add(sending(), [record('x'.repeat(2_000_000))]);
    queue.add(sending(), [record('y')]);
    expect(valuesOf(queue.take(0))).toEqual(['éé']);
    expect(valuesOf(queue.take(0))).toEqual(['xx']);
    expect(valuesOf(queue.take(0))).toEqual(['y']);
  });

  it('is left out when it is too late, or when an earlier part of it failed', () => {
    const queue = new SendQueue();
    const late = sending(10);
    const failed = sending(100);
    queue.add(late, [record('l')]);
    queue.add(failed, [record('f'.repeat(900_000)), record('g'.repeat(900_000))]);
    queue.add(sending(100), [record('o')]);
    expect(valuesOf(queue.take(50))).toEqual(['ff']);
    expect(late.failed).toBe(true);
    failed.reject(new Error('no'));
    expect(valuesOf(queue.take(50))).toEqual(['o']);
  });
});
