import { afterEach, describe, expect, it } from '@jest/globals';
import { Chance } from '../chance.js';
import { clockOffsets, commandAheadMs, shownOffsets } from './offsets.js';
import { shiftClock } from './shift-clock.js';

const RIGHT = Date;
const ORIGIN = performance.timeOrigin;
const AHEAD_MS = 300_000;

describe('a shifted clock', () => {
  afterEach(() => {
    globalThis.Date = RIGHT;
    Object.defineProperty(performance, 'timeOrigin', { value: ORIGIN, configurable: true });
  });

  it('is ahead however it is asked, and leaves given times alone', () => {
    shiftClock(AHEAD_MS);
    const ahead = [
      Date.now(),
      new Date().getTime(),
      Date.parse(Date()),
      performance.timeOrigin + performance.now(),
    ];
    for (const ms of ahead) expect(Math.abs(ms - AHEAD_MS - RIGHT.now())).toBeLessThan(2_000);
    expect(new Date(5).getTime()).toBe(5);
    expect(Date.parse('1970-01-01T00:00:01Z')).toBe(1_000);
    expect(new Date()).toBeInstanceOf(RIGHT);
    expect(new RIGHT()).toBeInstanceOf(Date);
  });
});

describe('clock offsets', () => {
  const seeds = Array.from({ length: 200 }, (_, seed) => clockOffsets(new Chance(seed), undefined));

  it('are there in about every second seed, and the same for the same seed', () => {
    const wrong = seeds.filter(offsets => Object.keys(offsets).length > 0).length;
    expect(wrong).toBeGreaterThan(70);
    expect(wrong).toBeLessThan(130);
    expect(clockOffsets(new Chance(7), true)).toEqual(clockOffsets(new Chance(7), true));
    expect(shownOffsets(clockOffsets(new Chance(7), false))).toBe('right');
  });

  it('give all processes of command and query one clock, which the checker knows', () => {
    for (const offsets of seeds) {
      for (const other of ['command-2', 'query-1', 'query-2'])
        expect(offsets['command-1']).toBe(offsets[other]);
      expect(commandAheadMs(offsets)).toBe(offsets['command-1'] ?? 0);
    }
  });
});
