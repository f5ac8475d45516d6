import type { EventStore } from '@replicante/event-store';
import { clusterStream } from '@replicante/kernel';
import { withClient } from '../rig/database.js';
import { busyHistory, clusterHistory, NS } from '../rig/fleet-events.js';
import { atHead } from '../rig/read-side.js';
import { seed } from '../rig/seed.js';
import { cpuSeconds } from '../rig/service-process.js';
import { recordsOn } from './raw-consumer.js';

export interface Drained {
  readonly perSecond: number;
  readonly events: number;
  /** CPU of the projection service, which does little else meanwhile, per event. */
  readonly cpuMicros: number;
}

const CLUSTERS = 50;
const NODES = 5;
const NAME = 'backlog';
/** Keys of the records of a backlog begin so. */
export const BACKLOG_KEYS = `${NS}:${NAME}-`;

/**
 * Holds the gateway's checkpoint by a lock, so that it stops where it is with all of its connections warm; appends a
 * backlog; waits until the read models, which share its process, are through with it; lets go. Time counts from there until
 * the checkpoint says that all is published, and counts what Kafka has more than before.
 */
export async function drainBacklog(options: {
  readonly url: string;
  readonly store: EventStore;
  readonly broker: string;
  readonly topic: string;
  readonly events: number;
  /** Part of the names of new clusters. */
  readonly round: number;
  /** Process id of the projection service. */
  readonly pid: number;
}): Promise<Drained> {
  const { url, store, broker, topic, pid } = options;
  return withClient(url, async lock => {
    await lock.query('begin');
    await lock.query(`select 1 from read_models.checkpoints where name = 'gateway' for update`);
    await seed(store, backlog(options.round, options.events));
    await atHead(url, 'read models', 60_000);
    const before = await recordsOn(broker, topic);
    const cpuBefore = cpuSeconds(pid);
    const began = performance.now();
    await lock.query('commit');
    await atHead(url, 'gateway', 60_000, 5);
    const seconds = (performance.now() - began) / 1_000;
    const cpu = cpuSeconds(pid) - cpuBefore;
    const events = (await recordsOn(broker, topic)) - before;
    return { events, perSecond: events / seconds, cpuMicros: (cpu * 1e6) / events };
  });
}

function backlog(round: number, events: number) {
  const each = Math.ceil(events / CLUSTERS);
  return new Map(
    Array.from({ length: CLUSTERS }, (_, n) => {
      const id = `${NAME}-${round}-${n}`;
      const base = clusterHistory(id, NODES, 0);
      return [clusterStream(NS, id), [...base, ...busyHistory(id, NODES, each - base.length)]] as const;
    }),
  );
}
