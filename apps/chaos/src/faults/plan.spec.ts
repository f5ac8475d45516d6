import { describe, expect, it } from '@jest/globals';
import { Chance } from '../chance.js';
import { freezeMsOf } from '../world/freeze-length.js';
import { EMBEDDED_SHAPE, stackShape } from '../world/shape.js';
import { cellsOf, crossingOf, planFaults, planPart } from './plan.js';

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);

const FULL = stackShape({
  EVENT_STORE: 'eventstoredb',
  EVENT_BUS: 'kafka',
  TASK_QUEUE: 'kafka',
  COORDINATOR: 'consul',
});
const DISKS = stackShape(
  { EVENT_STORE: 'eventstoredb', EVENT_BUS: 'kafka', TASK_QUEUE: 'kafka', COORDINATOR: 'consul' },
  true,
);
const SHAPES = [
  ['the suite in one process', EMBEDDED_SHAPE],
  ['a stack on PostgreSQL', stackShape()],
  ['the full stack', FULL],
  ['the full stack with disks that refuse', DISKS],
] as const;

describe.each(SHAPES)('the plan of a run of %s', (_name, shape) => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults(shape, 20, new Chance(4))).toEqual(planFaults(shape, 20, new Chance(4)));
    expect(planFaults(shape, 20, new Chance(4))).not.toEqual(planFaults(shape, 20, new Chance(5)));
  });

  it('strikes at crossings with at least half of its faults', () => {
    for (const seed of SEEDS)
      for (const count of [1, 6, 30, cellsOf(shape).length]) {
        const plan = planFaults(shape, count, new Chance(seed));
        expect(plan).toHaveLength(count);
        expect(plan.filter(f => crossingOf(f.point)).length).toBeGreaterThanOrEqual(count / 2);
      }
  });

  it('leaves no cell empty once it has as many faults as cells', () => {
    for (const seed of SEEDS) {
      const plan = planFaults(shape, cellsOf(shape).length, new Chance(seed));
      const struck = new Set(plan.map(f => `${f.point} ${f.target}`));
      expect(cellsOf(shape).filter(c => !struck.has(`${c.point} ${c.target}`))).toEqual([]);
    }
  });

  it('makes one full table of several runs', () => {
    const cells = cellsOf(shape).length;
    const parts = [1, 21, 41].map(from =>
      planPart(shape, { from, count: from === 41 ? cells : 20 }, new Chance(3)),
    );
    expect(parts.flat()).toEqual(planFaults(shape, cells, new Chance(3)));
    expect(() => planPart(shape, { from: cells + 1, count: 1 }, new Chance(3))).toThrow('--from takes');
  });

  it('puts the faults at the database’s link last, when the suite has been given the proxied address', () => {
    const plan = planFaults(shape, cellsOf(shape).length, new Chance(1));
    const points = plan.map(f => f.point.startsWith('database'));
    expect(points).toEqual([...points].sort((a, b) => Number(a) - Number(b)));
  });
});

it('the full stack’s table has every service, every server, and each of their links', () => {
  expect(FULL.processes).toEqual(
    expect.arrayContaining([
      'command',
      'worker',
      'stack',
      'kafka',
      'consul',
      'eventstoredb',
      'control-database',
    ]),
  );
  expect(FULL.links).toEqual([
    ...['platform', 'agent', 'command', 'control', 'database', 'eventstoredb', 'kafka', 'consul'],
  ]);
  expect(stackShape().links).not.toContain('kafka');
});

it('freezes of a stack last 1 to 30 s, and as often longer than a lease', () => {
  const lengths = Array.from({ length: 1_000 }, (_, i) =>
    freezeMsOf({ pick: i / 1_000, target: 'worker' }, 2_000, 'stack'),
  );
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1_000);
  expect(Math.max(...lengths)).toBeGreaterThan(25_000);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(30_000);
  expect(lengths.filter(ms => ms > 2_000).length).toBeGreaterThan(500);
});

it('disks refuse writes to servers alone, and only where it was asked for', () => {
  const refused = (shape: typeof FULL) => cellsOf(shape).filter(({ point }) => point === 'any: disk refuses');
  expect(refused(FULL)).toEqual([]);
  expect(refused(DISKS).map(({ target }) => target)).toEqual([
    ...['control-database', 'eventstoredb', 'kafka', 'consul'],
  ]);
  const plan = planFaults(DISKS, cellsOf(DISKS).length, new Chance(1));
  expect(plan.filter(({ how }) => how === 'refuse')).toHaveLength(4);
});
