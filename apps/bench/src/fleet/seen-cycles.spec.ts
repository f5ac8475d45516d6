import { describe, expect, it } from '@jest/globals';
import { partitionOfKey } from '@replicante/kernel';
import type { SeenCycle } from './seen-cycles.js';
import { gaps, lateness } from './seen-cycles.js';

const INTERVAL = 10_000;
const DAYS = 20_000 * 86_400_000;
const keys = Array.from({ length: 2_000 }, (_, n) => `default:c-${n}`);

const cycle = (key: string, lateMs: number, beganMs = DAYS + partitionOfKey(key, INTERVAL) + lateMs) => ({
  key,
  beganMs,
  completedMs: beganMs + 20,
});

describe('lateness of cycles', () => {
  it('is had from the hash of their key and the clock as they began', () => {
    const late = keys.map((_, n) => (n % 250) + (n % 100 === 0 ? 4_000 : 0));
    const cycles = keys.map((key, n) => cycle(key, late[n] ?? 0));
    expect(lateness(cycles, INTERVAL)).toEqual(late);
  });

  it('is none where a clock ran a little ahead', () => {
    expect(lateness([cycle('default:c-1', -3)], INTERVAL)).toEqual([0]);
  });
});

describe('gaps between cycles', () => {
  const [key = ''] = keys;
  const at = (...seconds: number[]): SeenCycle[] => seconds.map(s => cycle(key, 0, s * 1_000 - 20));
  const span = { fromMs: 30_000, toMs: 60_000, intervalMs: INTERVAL };

  it('count from the last cycle before the fault to the first after it', () => {
    expect(gaps(at(5, 27, 52, 55), span)).toEqual({ longestMs: 25_000, affected: 1 });
  });

  it('that were over before the fault do not count', () => {
    expect(gaps(at(1, 28, 38, 48, 58), span)).toEqual({ longestMs: 10_000, affected: 0 });
  });

  it('last until the end when no cycle came any more', () => {
    expect(gaps(at(20, 29), span)).toEqual({ longestMs: 31_000, affected: 1 });
  });
});
