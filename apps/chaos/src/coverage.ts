import type { Injected } from './faults/inject.js';
import { type Fault, cellsOf, pointsOf, targetsOf } from './faults/plan.js';
import type { Shape } from './world/shape.js';

const FIRST_WIDTH = 20;

/** Crash point × process: how often each cell was struck; `-` is no cell. */
export function coverageTable(shape: Shape, done: readonly Injected[]): string {
  const targets = targetsOf(shape);
  const cells = cellsOf(shape);
  const row = (name: string, columns: readonly string[]): string =>
    name.padEnd(FIRST_WIDTH) +
    columns.map((cell, i) => cell.padStart((targets[i]?.length ?? 0) + 2)).join('');
  return [
    row('crash point', targets),
    ...pointsOf(shape).map(point =>
      row(
        point,
        targets.map(target =>
          cells.some(c => c.point === point && c.target === target)
            ? String(struck(done, point, target))
            : '-',
        ),
      ),
    ),
  ].join('\n');
}

/** What became of the cells that a run was to strike. */
export interface Coverage {
  /** One line for people who add several runs up. */
  readonly summary: string;
  /** Cells without a fault, where the run's plan had one for each cell of the table; else none is judged. */
  readonly missing: readonly string[];
}

export function coverageOf(shape: Shape, plan: readonly Fault[], done: readonly Injected[]): Coverage {
  const all = cellsOf(shape);
  const planned = all.filter(c => plan.some(f => f.point === c.point && f.target === c.target));
  const empty = planned
    .filter(({ point, target }) => struck(done, point, target) === 0)
    .map(c => `${c.point} × ${c.target}`);
  const [first, last] = [plan[0]?.number ?? 0, plan.at(-1)?.number ?? 0];
  const few = planned.length < all.length;
  return {
    summary:
      `faults ${first} to ${last} struck ${planned.length - empty.length} of the ${planned.length} cells that they ` +
      `were to strike; the table has ${all.length}` +
      (empty.length > 0 && few ? `; not struck: ${empty.join(', ')}` : ''),
    missing: few ? [] : empty,
  };
}

const struck = (injected: readonly Injected[], point: string, target: string): number =>
  injected.filter(i => i.done && i.fault.point === point && i.fault.target === target).length;
