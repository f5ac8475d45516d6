import { describe, expect, it } from '@jest/globals';
import { isoTime } from './iso-time.js';

describe('a time as GraphQL answers it', () => {
  it('is what toISOString answers, before 1970, after 9999 and at each end of a day included', () => {
    const DAY = 86_400_000;
    const ends = [0, 1, 999, 1_000, 59_999, 60_000, 3_600_000, DAY - 1];
    const days = [-800_000 * DAY, -DAY, 0, 11_016 * DAY, 20_484 * DAY, 2_932_896 * DAY, 2_932_897 * DAY];
    for (const day of days)
      for (const end of ends) {
        const date = new Date(day + end);
        expect(isoTime(date)).toBe(date.toISOString());
        // The day is known by now.
        expect(isoTime(date)).toBe(date.toISOString());
      }
  });

  it('is right for more days than are remembered', () => {
    for (let day = 0; day < 2_500; day += 1) {
      const date = new Date(day * 86_400_000 + day * 1_001);
      expect(isoTime(date)).toBe(date.toISOString());
    }
  });

  it('of no time is refused', () => {
    expect(() => isoTime(new Date(Number.NaN))).toThrow(RangeError);
  });
});
