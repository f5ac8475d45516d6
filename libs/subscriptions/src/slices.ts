import type { StoredEvent } from '@replicante/event-store';
import type { Poison } from './subscription-sink.port.js';

/** Longer than this without a turn of the event loop, and leases of the same process renew late (architecture.md §9). */
const SLICE_MS = 20;
/** Looking at the clock for each event would cost as much as a small projection. */
const CLOCK_EVERY = 32;

export interface Projected<C> {
  readonly event: StoredEvent;
  readonly changes: readonly C[];
}

export const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 0));

export interface ProjectedBatch<C> {
  readonly events: readonly Projected<C>[];
  readonly poisons: readonly Poison[];
}

/** Projects one event after another, giving way every 20 ms. What `project` throws makes that event poison. */
export async function projectInSlices<C>(
  events: readonly StoredEvent[],
  project: (event: StoredEvent) => readonly C[],
): Promise<ProjectedBatch<C>> {
  const projected: Projected<C>[] = [];
  const poisons: Poison[] = [];
  let sliceBegan = performance.now();
  let sinceClock = 0;
  for (const event of events) {
    try {
      projected.push({ event, changes: project(event) });
    } catch (error) {
      poisons.push({ event, error });
      projected.push({ event, changes: [] });
    }
    sinceClock += 1;
    if (sinceClock === CLOCK_EVERY) {
      sinceClock = 0;
      if (performance.now() - sliceBegan > SLICE_MS / 2) {
        await turn();
        sliceBegan = performance.now();
      }
    }
  }
  return { events: projected, poisons };
}

/** The last change of each key, at the place of the last; changes without a key all stay. */
export function foldChanges<C>(
  changes: readonly C[],
  keyOf: (change: C) => string | undefined,
): readonly C[] {
  const newest = new Map<string | symbol, C>();
  for (const change of changes) {
    const key = keyOf(change) ?? Symbol('unfolded');
    newest.delete(key);
    newest.set(key, change);
  }
  return [...newest.values()];
}
