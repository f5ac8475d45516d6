import type { Chance } from '../chance.js';
import { LINKS, type Link, MOMENTS, type Moment } from '../proxies/crossings.js';
import type { ProcessName, Shape } from '../world/shape.js';

/** No file of the victim takes a byte for a while. */
const DISK = 'any: disk refuses';

/** At any instant, or at the instant of a crossing. */
export type Point = 'any: kill' | 'any: freeze' | typeof DISK | `${Link}: ${Moment}`;
/** `wire`: no process falls; what the proxy holds is lost with its connection, or comes late. */
export type Target = ProcessName | 'wire';

export interface Cell {
  readonly point: Point;
  readonly target: Target;
}

export interface Fault extends Cell {
  readonly number: number;
  readonly how: 'kill' | 'freeze' | 'refuse' | 'drop' | 'delay';
  /** Picks among nodes when the fault comes. */
  readonly pick: number;
  /** The next fault does not wait until this one is healed. */
  readonly overlaps: boolean;
}

const AT_ANY_TIME = ['any: kill', 'any: freeze'] as const;

const crossingsOf = ({ links }: Shape): readonly Point[] =>
  links.flatMap(link => MOMENTS.map(moment => `${link}: ${moment}` as const));
export const pointsOf = (shape: Shape): readonly Point[] => [
  ...AT_ANY_TIME,
  ...(shape.disks.length > 0 ? ([DISK] as const) : []),
  ...crossingsOf(shape),
];
export const targetsOf = ({ processes }: Shape): readonly Target[] => [...processes, 'wire'];

const cellsAtAnyTime = ({ processes, disks }: Shape): readonly Cell[] => [
  ...AT_ANY_TIME.flatMap(point => processes.map(target => ({ point, target }))),
  ...disks.map(target => ({ point: DISK, target }) as const),
];
const cellsAtCrossings = (shape: Shape): readonly Cell[] =>
  crossingsOf(shape).flatMap(point => targetsOf(shape).map(target => ({ point, target })));

/** Every crash point × process, and what happens to the wire alone. */
export const cellsOf = (shape: Shape): readonly Cell[] => [
  ...cellsAtAnyTime(shape),
  ...cellsAtCrossings(shape),
];

/** `platform: before` → link and moment; undefined for any instant. */
export function crossingOf(point: Point): { readonly link: Link; readonly moment: Moment } | undefined {
  const link = LINKS.find(name => point.startsWith(`${name}: `));
  const moment = MOMENTS.find(name => point.endsWith(`: ${name}`));
  return link && moment && { link, moment };
}

/**
 * With as many faults as cells each cell has one, and what is left over is at any instant; with fewer, half of the
 * faults are at crossings. Those of the database's link come last: the suite is given the proxied address then. Those
 * of the platform's come first and after the growth, when nodes are provisioned.
 */
export function planFaults(shape: Shape, count: number, chance: Chance): readonly Fault[] {
  const cells = count >= cellsOf(shape).length ? complete(shape, count, chance) : half(shape, count, chance);
  const early = chance.shuffle(cells.filter(c => c.point.startsWith('platform')));
  const late = chance.shuffle(cells.filter(c => c.point.startsWith('database')));
  const others = chance.shuffle(cells.filter(c => !early.includes(c) && !late.includes(c)));
  const middle = Math.floor(others.length / 2);
  const halfEarly = Math.ceil(early.length / 2);
  const order = [
    ...early.slice(0, halfEarly),
    ...others.slice(0, middle),
    ...early.slice(halfEarly),
    ...others.slice(middle),
    ...late,
  ];
  return order.map((cell, i) => ({
    ...cell,
    number: i + 1,
    how: howOf(shape, cell, chance),
    pick: chance.next(),
    overlaps: chance.next() < 0.2,
  }));
}

/**
 * Faults `from` to `from + count - 1` of the seed's plan of one fault per cell, so that several runs make one full table;
 * fewer where the plan ends. Without `from`, a plan of `count` of its own.
 */
export function planPart(
  shape: Shape,
  { from, count }: { readonly from: number | undefined; readonly count: number },
  chance: Chance,
): readonly Fault[] {
  if (from === undefined) return planFaults(shape, count, chance);
  const whole = planFaults(shape, cellsOf(shape).length, chance);
  if (from < 1 || from > whole.length)
    throw new Error(`--from takes a number from 1 to ${whole.length}, not ${from}`);
  return whole.slice(from - 1, from - 1 + count);
}

/** Index of the fault before which the cluster is told to grow: at the second group of the platform's faults. */
export function growthAt(faults: readonly Fault[]): number {
  const first = faults.findIndex(f => !f.point.startsWith('platform'));
  const second = faults.findIndex((f, i) => i > first && first >= 0 && f.point.startsWith('platform'));
  return second >= 0 ? second : Math.floor(faults.length / 2);
}

function complete(shape: Shape, count: number, chance: Chance): readonly Cell[] {
  const all = cellsOf(shape);
  const anyTime = cellsAtAnyTime(shape);
  const rest = Array.from({ length: count - all.length }, () => ({ ...chance.pick(anyTime) }));
  return [...all, ...rest];
}

function half(shape: Shape, count: number, chance: Chance): readonly Cell[] {
  const crossings = Math.ceil(count / 2);
  const take = (from: readonly Cell[], n: number): Cell[] => {
    const taken: Cell[] = [];
    while (taken.length < n) taken.push(...chance.shuffle(from).slice(0, n - taken.length));
    return taken.map(cell => ({ ...cell }));
  };
  return [...take(cellsAtCrossings(shape), crossings), ...take(cellsAtAnyTime(shape), count - crossings)];
}

function howOf(shape: Shape, { point, target }: Cell, chance: Chance): Fault['how'] {
  if (target === 'wire') return chance.pick(['drop', 'delay']);
  if (point === 'any: freeze') return 'freeze';
  if (point === DISK) return 'refuse';
  if (point === 'any: kill' || !shape.freezesAtCrossings) return 'kill';
  return chance.pick(['kill', 'kill', 'freeze']);
}
