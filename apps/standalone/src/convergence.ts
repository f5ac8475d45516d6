import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DOCUMENTS } from '@replicante/app-replictl';
import type { QueryClient, TopologyView } from '@replicante/app-replictl';
import { writeAndReadBack } from '@replicante/postgres-server';
import type { Installation } from './installation.js';

export const QUICKSTART_CLUSTER = { ns: 'default', name: 'pg' } as const;
const SUPERUSER = 'postgres';
const LOOK_EVERY_MS = 250;

/**
 * Waits until the query service says that the quickstart's cluster has converged; undefined when aborted before. What
 * the service cannot answer meanwhile (its database is being restarted) is said once per kind, and asked again.
 */
export async function untilConverged(
  query: QueryClient,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<TopologyView | undefined> {
  let complaint: string | undefined;
  while (!signal.aborted) {
    try {
      const { cluster } = await query.query<{ cluster: TopologyView | null }>(
        DOCUMENTS.topology,
        QUICKSTART_CLUSTER,
      );
      if (cluster?.convergence.converged) return cluster;
      complaint = undefined;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== complaint && !signal.aborted) say(`cannot be asked at the moment: ${text}`);
      complaint = text;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
  return undefined;
}

const many = (n: number, one: string, more: string): string => `${n} ${n === 1 ? one : more}`;

/** `default/pg converged: 3/3 healthy, 1 primary, 2 secondaries, in 41 s`. */
export const convergedLine = ({ nsId, clusterId, counts }: TopologyView, seconds: number): string =>
  `${nsId}/${clusterId} converged: ${counts.healthy}/${counts.nodes} healthy, ` +
  `${many(counts.primaries, 'primary', 'primaries')}, ` +
  `${many(counts.secondaries, 'secondary', 'secondaries')}, in ${seconds.toFixed(0)} s`;

/** A row written on the primary is read back on each standby; then how to connect to each node. */
export async function proveReplication(
  cluster: TopologyView,
  { platformDir }: Pick<Installation, 'platformDir'>,
  show: { line(text: string): void; pin(text: string): void },
): Promise<void> {
  const servers = cluster.nodes.nodes.flatMap(node => {
    const [host, port] = node.addresses?.client?.split(':') ?? [];
    const primary = node.shards.nodes.some(s => s.role === 'PRIMARY');
    return host === undefined || port === undefined
      ? []
      : [{ name: node.nodeId, host, port: Number(port), primary }];
  });
  const credentials = join(platformDir, 'nodes', cluster.clusterId, 'credentials');
  const password = (await readFile(join(credentials, 'superuser.password'), 'utf8')).trim();
  const primary = servers.find(s => s.primary);
  if (!primary) throw new Error(`${cluster.nsId}/${cluster.clusterId} shows no address of its primary`);
  const standbys = servers.filter(s => s !== primary);
  for (const { name, afterMs } of await writeAndReadBack(primary, standbys, { user: SUPERUSER, password }))
    show.line(`a row written on ${primary.name} was read back on ${name} after ${afterMs.toFixed(0)} ms`);
  const passfile = join(credentials, 'pgpass');
  for (const { name, host, port } of servers)
    show.pin(`  ${name}  postgres://${SUPERUSER}@${host}:${port}/postgres?passfile=${encodeURI(passfile)}`);
}
