import { describe, expect, it } from '@jest/globals';
import { aRecord } from './a-log.fixture.js';
import { Membership } from './membership.js';
import type { MemberRecord } from './membership.js';

class Members {
  readonly fold = new Membership();
  stampMs = 1_000;
  #offset = 0;

  write(record: MemberRecord | { type: 'dance' }) {
    return this.fold.apply({ v: 1, ...record }, aRecord('{}', this.#offset++, this.stampMs));
  }

  beat(consumer: string, avoid: readonly number[] = [], partitions = 4) {
    const verdict = this.write({
      type: 'beat',
      call: 'c',
      consumer,
      name: consumer,
      partitions,
      ttlMs: 1_000,
      avoid,
    });
    return verdict?.beat.assignments.map(({ partition }) => partition) ?? [];
  }

  grantOf(partition: number): number {
    return this.fold.ownerOf(partition)?.grant ?? -1;
  }
}

describe('partitions', () => {
  it('go to who asks, up to a fair share, and never to two', () => {
    const members = new Members();
    expect(members.beat('a')).toEqual([0, 1, 2, 3]);
    expect(members.beat('b')).toEqual([]);
    members.write({ type: 'give-back', consumer: 'b', partition: 3 });
    members.write({ type: 'give-back', consumer: 'a', partition: 2 });
    members.write({ type: 'give-back', consumer: 'a', partition: 3 });
    expect(members.beat('b')).toEqual([2, 3]);
    expect(members.beat('a')).toEqual([0, 1]);
  });

  it('that somebody declined go to another', () => {
    const members = new Members();
    expect(members.beat('a', [1])).toEqual([0, 2, 3]);
    expect(members.beat('b')).toEqual([1]);
  });

  it('of a silent consumer are free by the broker’s clock, and each grant is higher than all before', () => {
    const members = new Members();
    members.beat('a');
    const first = members.grantOf(0);
    members.stampMs += 999;
    expect(members.beat('b')).toEqual([]);
    members.stampMs += 1;
    expect(members.beat('b')).toEqual([0, 1, 2, 3]);
    expect(members.grantOf(0)).toBeGreaterThan(first);
    expect(members.beat('a')).toEqual([]);
  });

  it('of one that leaves are free at once', () => {
    const members = new Members();
    members.beat('a');
    members.write({ type: 'leave', consumer: 'a' });
    expect(members.beat('b')).toEqual([0, 1, 2, 3]);
  });

  it('may move when a consumer comes, leaves, falls silent or gives one back, and not by what it says else', () => {
    const members = new Members();
    const moved = (change: () => void): boolean => {
      const { moves } = members.fold;
      change();
      return members.fold.moves !== moves;
    };
    expect(moved(() => members.beat('a'))).toBe(true);
    expect(moved(() => members.beat('a'))).toBe(false);
    expect(moved(() => members.write({ type: 'give-back', consumer: 'a', partition: 3 }))).toBe(true);
    expect(moved(() => members.write({ type: 'give-back', consumer: 'a', partition: 3 }))).toBe(false);
    expect(moved(() => members.beat('a'))).toBe(false);
    expect(moved(() => members.write({ type: 'leave', consumer: 'a' }))).toBe(true);
    members.beat('a');
    members.stampMs += 1_000;
    expect(moved(() => members.beat('b'))).toBe(true);
  });

  it('are as many as the first record said: who sees another number gets none', () => {
    const members = new Members();
    expect(members.write({ type: 'tick', call: 'c', partitions: 4 })?.partitions).toBe(4);
    expect(members.write({ type: 'tick', call: 'c', partitions: 8 })?.partitions).toBe(4);
    expect(members.beat('a', [], 8)).toEqual([]);
    expect(members.beat('b')).toEqual([0, 1, 2, 3]);
  });

  it('stay where they are whatever else is written', () => {
    const members = new Members();
    members.beat('a');
    expect(members.write({ type: 'dance' })).toBeUndefined();
    expect(members.fold.apply(undefined, aRecord('%', 9, 1_000))).toBeUndefined();
    const late = new Membership();
    late.restore(JSON.parse(JSON.stringify(members.fold.written())) as ReturnType<Membership['written']>);
    expect(late.ownerOf(3)).toEqual(members.fold.ownerOf(3));
  });
});
