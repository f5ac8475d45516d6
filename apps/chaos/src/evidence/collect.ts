import type { Clients } from '../clients/clients.js';
import { commandAheadMs } from '../clocks/offsets.js';
import { until } from '../until.js';
import type { World } from '../world/world.js';
import type { Cycles, Evidence } from './evidence.js';
import { CLUSTER_STREAM } from './evidence.js';
import {
  readAgentActions,
  readJournal,
  readNodes,
  readPlatformCalls,
  readStrayServers,
} from './read-disk.js';
import { readEvents } from './read-events.js';
import { readFleet } from './read-fleet.js';
import { QueryClient } from './read-served.js';
import { readSnapshots } from './read-snapshots.js';
import { readTaskLog, readTasks } from './read-tasks.js';
import { readTopics } from './read-topics.js';

/** Streams of which others are told. */
export const PUBLISHED = /^(cluster|platform|namespace)-/;
const PUBLISHED_WITHIN_MS = 30_000;

/** Reads all that the run left, at rest: events, topics and tasks from their servers, logs and directories from disk, rows from the databases. */
export async function collect(
  world: World,
  clients: Clients,
  idempotency: boolean,
  faults: Cycles['faults'],
): Promise<Evidence> {
  const { installation, proxies } = world;
  const endedAt = Date.now();
  const query = new QueryClient(world.httpPort);
  // First: what its last changes cause is recorded before the events are read.
  const fleet = await readFleet(world.fleet, query);
  // At rest nothing is appended: what is served between two equal reads belongs to them.
  const [events, served] = await until('events and read models at rest', 60_000, async () => {
    const before = await readEvents(world);
    const shown = await query.served();
    const after = await readEvents(world);
    const head = after.filter(e => e.streamId === CLUSTER_STREAM).at(-1)?.revision;
    return before.length === after.length && shown.revision === head && ([after, shown] as const);
  });
  // The writers go on: what is acknowledged later is no part of this evidence.
  const lines = [...clients.rows.acknowledged];
  const nodes = await until('every standby has replayed what was acknowledged', 60_000, async () => {
    const read = await readNodes(installation);
    const complete = read.every(n => lines.every(r => n.rows.includes(r.number)));
    return complete && read;
  }).catch(() => readNodes(installation)); // the proof says which rows are missing
  return {
    ...{ idempotency, events, served, nodes, acknowledged: lines, calls: clients.commands.history },
    eventsAheadMs: commandAheadMs(world.clocks),
    sent: proxies.sent,
    platformCalls: await readPlatformCalls(installation),
    journal: await readJournal(installation),
    agentActions: await readAgentActions(installation),
    strayServers: await readStrayServers(installation),
    published: await published(world, events),
    tasks: await readTasks(world, query),
    taskLog: await readTaskLog(world, query),
    snapshots: await readSnapshots(await installation.controlUrl()),
    cycles: cyclesOf(world, faults, endedAt),
    fleet,
  };
}

/** The gateway may be some records behind the read model: waited for, and what never comes the proof will name. */
async function published(world: World, events: Evidence['events']): Promise<Evidence['published']> {
  if (world.adapters.EVENT_BUS !== 'kafka') return null;
  const broker = world.addressOf('kafka');
  const all = events.filter(({ streamId }) => PUBLISHED.test(streamId));
  const records = await until('every event is on its topic', PUBLISHED_WITHIN_MS, async () => {
    const read = await readTopics(broker);
    const ids = new Set(read.map(({ id }) => id));
    return all.every(({ id }) => ids.has(id)) && read;
  }).catch(() => readTopics(broker));
  // A cycle may have recorded something meanwhile: what came after this evidence is no part of it.
  const known = new Set(events.map(({ id }) => id));
  const later = new Set((await readEvents(world)).map(({ id }) => id));
  return records.filter(({ id }) => known.has(id) || !later.has(id));
}

function cyclesOf(world: World, faults: Cycles['faults'], until: number): Cycles | null {
  const completedAt = world.cyclesCompletedAt();
  return completedAt ? { faults, until, completedAt, boundMs: world.cycleBoundMs } : null;
}
