import { expect, it } from '@jest/globals';
import { Chance } from './chance.js';
import { coverageOf } from './coverage.js';
import { cellsOf, planPart } from './faults/plan.js';
import { EMBEDDED_SHAPE as SHAPE } from './world/shape.js';

const CELLS = cellsOf(SHAPE).length;
const plan = planPart(SHAPE, { from: 1, count: CELLS }, new Chance(1));
const all = plan.map(fault => ({ fault, done: true, what: '', begunAt: 0, healedMs: 0 }));

it('an empty cell counts against a run that was to strike each', () => {
  const [first, ...others] = all;
  expect(coverageOf(SHAPE, plan, all).missing).toEqual([]);
  expect(coverageOf(SHAPE, plan, [{ ...first!, done: false }, ...others]).missing).toEqual([
    `${first!.fault.point} × ${first!.fault.target}`,
  ]);
});

it('a run of a part judges none, and says which it was to strike and did not', () => {
  const part = coverageOf(SHAPE, plan.slice(10, 20), all.slice(11, 20));
  const { point, target } = plan[10]!;
  expect(part.missing).toEqual([]);
  expect(part.summary).toBe(
    `faults 11 to 20 struck 9 of the 10 cells that they were to strike; the table has ${CELLS}; not struck: ${point} × ${target}`,
  );
});
