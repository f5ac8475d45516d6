import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Entry } from './schedule.js';
import { Schedule } from './schedule.js';

const entry = (name: string, intervalMs = 1_000): Entry => ({
  key: `default:${name}`,
  kind: 'OrchestrateCluster',
  payload: { ns_id: 'default', cluster_id: name },
  intervalMs,
});
const keys = (due: readonly { readonly key: string }[]): string[] => due.map(({ key }) => key);

describe('the schedule', () => {
  it('spreads what a new leader reads over the interval', () => {
    const schedule = new Schedule();
    schedule.update(
      Array.from({ length: 1_000 }, (_, n) => entry(`c${n}`)),
      0,
    );
    const perTick = Array.from({ length: 10 }, (_, tick) => schedule.take((tick + 1) * 100 - 1).length);
    expect(perTick.reduce((sum, n) => sum + n, 0)).toBe(1_000);
    expect(Math.max(...perTick)).toBeLessThan(160);
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
    schedule.update([entry('a', 1_000)], 100);
    expect(schedule.take(1_099)).toEqual([]);
    expect(keys(schedule.take(1_100))).toEqual(['default:a']);
  });

  it('answers once after a pause, in phase, and says how late it is', () => {
    const schedule = new Schedule();
    schedule.update([], 0);
    schedule.update([entry('a')], 0);
    schedule.take(0);
    expect(schedule.take(10_250)).toMatchObject([{ lateMs: 9_250, why: 'interval' }]);
    expect(schedule.take(10_999)).toEqual([]);
    expect(schedule.take(11_000)).toHaveLength(1);
  });

  it('takes what was asked for now, once, and leaves its own times as they are', () => {
    const schedule = new Schedule();
    schedule.update([], 0);
    schedule.update([entry('a')], 0);
    schedule.take(0);
    schedule.ask('default:a', 300);
    expect(schedule.take(310)).toMatchObject([{ why: 'asked', lateMs: 10 }]);
    expect(schedule.take(320)).toEqual([]);
    expect(schedule.take(1_000)).toMatchObject([{ why: 'interval' }]);
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
        (steps, intervalMs) => {
          const schedule = new Schedule();
          schedule.update([], 0);
          schedule.update([entry('a', intervalMs)], 0);
          let now = 0;
          const slots = new Set<number>([0]);
          let taken = schedule.take(0).length;
          for (const step of steps) {
            now += step;
            slots.add(Math.floor(now / intervalMs));
            taken += schedule.take(now).length;
          }
          expect(taken).toBe(slots.size);
        },
      ),
    );
  });
});
