import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, redeliveryBoundMs, resolveSettings } from './index.js';

describe('the back-off', () => {
  const settings = resolveSettings();

  it('doubles from 1 s to 60 s by default', () => {
    const plain = [1, 2, 3, 6, 7, 20].map(attempt => backoffMs(settings, attempt, () => 0));
    expect(plain).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  it('is never shorter than said, and at most a fifth longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const plain = backoffMs(settings, attempt, () => 0);
          const jittered = backoffMs(settings, attempt, () => random);
          expect(jittered).toBeGreaterThanOrEqual(plain);
          expect(jittered).toBeLessThanOrEqual(plain * 1.2);
        },
      ),
    );
  });
});

describe('the settings', () => {
  it('let a consumer be silent for no longer than a task is', () => {
    for (const visibilityMs of [3_000, 30_000, 600_000]) {
      const settings = resolveSettings({ visibilityMs });
      expect(settings.consumerTtlMs).toBeLessThanOrEqual(visibilityMs);
      expect(settings.beatMs * 4).toBeLessThan(settings.consumerTtlMs);
      expect(redeliveryBoundMs(settings, visibilityMs)).toBeGreaterThan(visibilityMs);
      expect(redeliveryBoundMs(settings, 0)).toBeGreaterThan(settings.consumerTtlMs);
    }
  });
});
