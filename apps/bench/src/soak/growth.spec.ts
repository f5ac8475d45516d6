import { describe, expect, it } from '@jest/globals';
import { growthOf, lowsOf, slopeOf } from './growth.js';

const series = (values: readonly number[], owes: 'level' | 'level of lows' | 'facts' = 'level') => ({
  name: 'x',
  unit: 'MB',
  values,
  owes,
  slack: 1,
});
const over = (count: number, at: (n: number) => number) => Array.from({ length: count }, (_, n) => at(n));

describe('a figure of the soak', () => {
  it('has levelled off when only its first half rises', () => {
    expect(growthOf(series(over(40, n => Math.min(n, 20) * 10)))).toMatchObject({ level: true, last: 200 });
  });

  it('grows when its second half rises by more than a twentieth', () => {
    expect(growthOf(series(over(40, n => 100 + n)))).toMatchObject({ level: false, risen: 19 });
  });

  it('may rise when it only comes back to where it was before', () => {
    const swinging = over(40, n => 100 + 20 * Math.cos((n / 40) * 4 * Math.PI));
    expect(growthOf(series(swinging.slice(5)))).toMatchObject({ level: true });
    expect(growthOf(series(swinging.map((value, n) => value + n * 2)))).toMatchObject({ level: false });
  });

  it('may rise by its slack', () => {
    expect(growthOf(series(over(40, n => 1 + n / 40))).level).toBe(true);
  });

  it('is judged by its lows when it is a saw', () => {
    const saw = over(80, n => 100 + (n % 8) * 50);
    expect(lowsOf(saw)).toEqual(over(10, () => 100));
    expect(growthOf(series(saw, 'level of lows'))).toMatchObject({ level: true, risen: 0 });
    expect(
      growthOf(
        series(
          over(80, n => n * 4 + (n % 8) * 50),
          'level of lows',
        ),
      ).level,
    ).toBe(false);
  });

  it('is not judged when it owes facts', () => {
    expect(
      growthOf(
        series(
          over(40, n => n),
          'facts',
        ),
      ).level,
    ).toBeUndefined();
  });

  it('has no slope when there is one value or none', () => {
    expect([slopeOf([]), slopeOf([5])]).toEqual([0, 0]);
  });
});
