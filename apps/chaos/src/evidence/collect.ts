import type { Clients } from '../clients/clients.js';
import { until } from '../until.js';
import type { World } from '../world/world.js';
import type { Evidence } from './evidence.js';
import {
  readAgentActions,
  readJournal,
  readNodes,
  readPlatformCalls,
  readStrayServers,
} from './read-disk.js';
import { readEvents } from './read-events.js';
import { QueryClient } from './read-served.js';

/** Reads all that the run left, at rest: events by SQL, logs and directories from disk, rows from the databases. */
export async function collect(world: World, clients: Clients, idempotency: boolean): Promise<Evidence> {
  const { installation, proxies } = world;
  const url = await installation.controlUrl();
  const query = new QueryClient(world.httpPort);
  // At rest nothing is appended: what is served between two equal reads belongs to them.
  const [events, served] = await until('events and read models at rest', 60_000, async () => {
    const before = await readEvents(url);
    const shown = await query.served();
    const after = await readEvents(url);
    const head = after.filter(e => e.streamId === 'cluster-default:pg').at(-1)?.revision;
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
    sent: proxies.sent,
    platformCalls: await readPlatformCalls(installation),
    journal: await readJournal(installation),
    agentActions: await readAgentActions(installation),
    strayServers: await readStrayServers(installation),
  };
}
