import type { Injected } from './faults/inject.js';
import { cellsOf, pointsOf, targetsOf } from './faults/plan.js';
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

/** Cells that no fault struck. */
export const emptyCells = (shape: Shape, done: readonly Injected[]): readonly string[] =>
  cellsOf(shape)
    .filter(({ point, target }) => struck(done, point, target) === 0)
    .map(c => `${c.point} × ${c.target}`);

const struck = (injected: readonly Injected[], point: string, target: string): number =>
  injected.filter(i => i.done && i.fault.point === point && i.fault.target === target).length;
