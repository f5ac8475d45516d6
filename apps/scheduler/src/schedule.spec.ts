import { describe, expect, it } from '@jest/globals';
import { partitionOfKey } from '@replicante/kernel';
import fc from 'fast-check';
import type { Entry } from './schedule.js';
import { Schedule } from './schedule.js';

const entry = (name: string, intervalMs = 1_000): Entry => ({
  key: `default:${name}`,
  kind: 'OrchestrateCluster',
  payload: { ns_id: 'default', cluster_id: name },
  intervalMs,
});
/** When it is due for the first time, by a wall clock that began with the monotonic one. */
const phaseOf = ({ key, intervalMs }: Entry): number => partitionOfKey(key, intervalMs);
const keys = (due: readonly { readonly key: string }[]): string[] => due.map(({ key }) => key);

describe('the schedule', () => {
  const fleet = Array.from({ length: 1_000 }, (_, n) => entry(`c${n}`, 10_000));
  /** How many are due in each second of an interval that begins at `fromMs`. */
  const perSecond = (schedule: Schedule, fromMs: number): readonly number[] =>
    Array.from({ length: 10 }, (_, second) => schedule.take(fromMs + (second + 1) * 1_000).length);

  it('spreads what a new leader reads over the interval', () => {
    const schedule = new Schedule();
    schedule.update(fleet, 0);
    schedule.take(0);
    const due = perSecond(schedule, 0);
    expect(due.reduce((sum, n) => sum + n, 0)).toBe(1_000);
    expect(Math.max(...due)).toBeLessThan(160);
  });

  it('spreads what was declared all at once from its second time on', () => {
    const schedule = new Schedule();
    schedule.update([], 0);
    schedule.update(fleet, 10);
    expect(schedule.take(10)).toHaveLength(1_000);
    expect(Math.max(...perSecond(schedule, 10))).toBeLessThan(160);
  });

  it('keeps the times of the leader before, by the wall clock, and takes what was due as nobody led', () => {
    const before = new Schedule(5_000_000);
    before.update(fleet, 70_000);
    before.take(70_000);
    const dueBefore = keys(before.take(72_000));
    // Another process: its monotonic clock began elsewhere.
    const next = new Schedule(5_000_000 + 71_000);
    next.update(fleet, 0);
    const handedOver = keys(next.take(0));
    expect(keys(before.take(80_000)).length + dueBefore.length).toBe(1_000);
    expect([...handedOver, ...keys(next.take(1_000))].sort()).toEqual(dueBefore.sort());
  });

  it('makes what comes later due at once, and what goes due no more', () => {
    const schedule = new Schedule();
    schedule.update([], 0);
    schedule.update([entry('new')], 10);
    expect(keys(schedule.take(10))).toEqual(['default:new']);
    schedule.update([], 20);
    expect(schedule.take(5_000)).toEqual([]);
  });

  it('asks a platform at once when a cluster was declared on it that nobody has asked for', () => {
    const platform = (...awaited_clusters: string[]): Entry => ({
      key: 'platform:default:local',
      kind: 'DiscoverPlatform',
      payload: { ns_id: 'default', name: 'local', awaited_clusters },
      intervalMs: 60_000,
    });
    const schedule = new Schedule();
    schedule.update([], 0);
    schedule.update([platform('a')], 0);
    schedule.take(0);
    schedule.update([platform('a', 'b')], 1_000);
    expect(schedule.take(1_000)).toMatchObject([{ payload: { awaited_clusters: ['a', 'b'] } }]);
    schedule.update([platform('b')], 2_000);
    expect(schedule.take(2_000)).toEqual([]);
  });

  it('goes by a shorter interval at once', () => {
    const schedule = new Schedule();
    schedule.update([], 0);
    schedule.update([entry('a', 60_000)], 0);
    schedule.take(0);
    const shorter = entry('a', 1_000);
    schedule.update([shorter], 0);
    expect(schedule.take(phaseOf(shorter) - 1)).toEqual([]);
    expect(keys(schedule.take(phaseOf(shorter)))).toEqual(['default:a']);
  });

  it('answers once after a pause, in phase, and says how late it is', () => {
    const schedule = new Schedule();
    schedule.update([entry('a')], 0);
    const phase = phaseOf(entry('a'));
    schedule.take(phase);
    expect(schedule.take(phase + 10_250)).toMatchObject([{ lateMs: 9_250, why: 'interval' }]);
    expect(schedule.take(phase + 10_999)).toEqual([]);
    expect(schedule.take(phase + 11_000)).toHaveLength(1);
  });

  it('takes what was asked for now, once, and leaves its own times as they are', () => {
    const schedule = new Schedule();
    schedule.update([], 0);
    schedule.update([entry('a')], 0);
    const phase = phaseOf(entry('a'));
    schedule.take(phase);
    schedule.ask('default:a', phase + 300);
    expect(schedule.take(phase + 310)).toMatchObject([{ why: 'asked', lateMs: 10 }]);
    expect(schedule.take(phase + 320)).toEqual([]);
    expect(schedule.take(phase + 1_000)).toMatchObject([{ why: 'interval' }]);
  });

  it('keeps what was asked for until the read model shows it, for a minute', () => {
    const schedule = new Schedule();
    schedule.ask('default:later', 0);
    schedule.ask('default:never', 0);
    expect(schedule.take(1_000)).toEqual([]);
    schedule.update([entry('later')], 1_500);
    expect(schedule.take(1_500)).toMatchObject([{ key: 'default:later', why: 'asked' }]);
    schedule.take(60_000);
    schedule.update([entry('later'), entry('never', 600_000)], 60_001);
    schedule.take(60_001);
    expect(keys(schedule.take(60_002))).toEqual([]);
  });

  it('law: over any ticks, each entry is due once per interval that a tick fell into, never more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 100, max: 2_000 }),
        fc.double({ min: 0, max: 1e13, noNaN: true }),
        (steps, intervalMs, aheadMs) => {
          const schedule = new Schedule(aheadMs);
          const a = entry('a', intervalMs);
          const slotOf = (ms: number): number => Math.floor((ms + aheadMs - phaseOf(a)) / intervalMs);
          schedule.update([a], 0);
          schedule.take(0);
          let now = 0;
          const slots = new Set<number>();
          let taken = 0;
          for (const step of steps) {
            now += step;
            if (slotOf(now) > slotOf(0)) slots.add(slotOf(now));
            taken += schedule.take(now).length;
          }
          // A time that a tick hits to the millisecond may be told one tick later.
          expect(Math.abs(taken - slots.size)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
