import { describe, expect, it } from '@jest/globals';
import { Chance } from '../chance.js';
import { CELLS, crossingOf, planFaults } from './plan.js';

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);

describe('the plan of a run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults(20, new Chance(4))).toEqual(planFaults(20, new Chance(4)));
    expect(planFaults(20, new Chance(4))).not.toEqual(planFaults(20, new Chance(5)));
  });

  it.each(SEEDS)('strikes at crossings with at least half of its faults: seed %i', seed => {
    for (const count of [1, 6, 30, CELLS.length, 80]) {
      const plan = planFaults(count, new Chance(seed));
      expect(plan).toHaveLength(count);
      expect(plan.filter(f => crossingOf(f.point)).length).toBeGreaterThanOrEqual(count / 2);
    }
  });

  it.each(SEEDS)('leaves no cell empty once it has as many faults as cells: seed %i', seed => {
    const struck = new Set(planFaults(CELLS.length, new Chance(seed)).map(f => `${f.point} ${f.target}`));
    expect(CELLS.filter(c => !struck.has(`${c.point} ${c.target}`))).toEqual([]);
  });

  it('puts the faults at the database’s link last, when the suite has been given the proxied address', () => {
    const points = planFaults(CELLS.length, new Chance(1)).map(f => f.point.startsWith('database'));
    expect(points).toEqual([...points].sort((a, b) => Number(a) - Number(b)));
  });
});
