import type { Injected } from './faults/inject.js';
import { CELLS, POINTS, TARGETS } from './faults/plan.js';

const WIDTH = 18;

/** Crash point × process: how often each cell was struck; `-` is no cell. */
export function coverageTable(done: readonly Injected[]): string {
  const row = (name: string, cells: readonly string[]): string =>
    name.padEnd(WIDTH) + cells.map(cell => cell.padStart(WIDTH)).join('');
  return [
    row('crash point', TARGETS),
    ...POINTS.map(point =>
      row(
        point,
        TARGETS.map(target =>
          CELLS.some(c => c.point === point && c.target === target)
            ? String(struck(done, point, target))
            : '-',
        ),
      ),
    ),
  ].join('\n');
}

/** Cells that no fault struck. */
export const emptyCells = (done: readonly Injected[]): readonly string[] =>
  CELLS.filter(({ point, target }) => struck(done, point, target) === 0).map(c => `${c.point} × ${c.target}`);

const struck = (injected: readonly Injected[], point: string, target: string): number =>
  injected.filter(i => i.done && i.fault.point === point && i.fault.target === target).length;
