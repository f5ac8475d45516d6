import type { EventStore } from '@replicante/event-store';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { randomUUID } from 'node:crypto';
import { clusterHistory, namespaceApplied, NS, platformApplied } from '../rig/fleet-events.js';
import { seed } from '../rig/seed.js';
import type { AnyEvent } from '../rig/seed.js';

export const SECONDS = 4;
export const ROUNDS = 3;
/** Rounds thrown away: a service just started is measured with V8 still compiling it, the shorter empty call without. */
export const WARM_UP = 3;
export const IN_FLIGHT = 64;
export const CONNECTIONS = 4;
export const WARM = 500;
export const EVENTS_OF_A_COLD_CLUSTER = 20;
const COLD_PER_ROUND = 1_500;

/** Ids of the clusters that calls go to. */
export interface Mix {
  readonly hot: string;
  readonly warm: readonly string[];
  /** Those that `command` has not read before the round, of which the first is 0. */
  cold(round: number): readonly string[];
}

/** Clusters with a history, of names that no earlier run on the same store has used. */
export async function seedMix(store: EventStore): Promise<Mix> {
  const run = randomUUID().slice(0, 8);
  const names = (kind: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `${kind}-${run}-${n}`);
  const hot = `hot-${run}`;
  const warm = names('warm', WARM);
  const cold = names('cold', COLD_PER_ROUND * (ROUNDS + WARM_UP));
  const streams = new Map<string, readonly AnyEvent[]>();
  for (const id of [hot, ...warm, ...cold])
    streams.set(clusterStream(NS, id), clusterHistory(id, 3, EVENTS_OF_A_COLD_CLUSTER - 8));
  for (const [stream, event] of [
    [namespaceStream(NS), namespaceApplied],
    [platformStream(NS, 'bench'), platformApplied],
  ] as const)
    if ((await store.streamRevision(stream)) === undefined) streams.set(stream, [event]);
  await seed(store, streams);
  return { hot, warm, cold: round => cold.slice(round * COLD_PER_ROUND, (round + 1) * COLD_PER_ROUND) };
}
