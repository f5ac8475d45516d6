import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { POINTER_FILE, reachableDirectory } from '@replicante/postgres-server';
import { directoryOwner, ownDirectory, stop } from '@replicante/processes';
import { layoutOf } from './data-layout.js';
import { isOurs } from './data-root.js';
import type { EventLog } from './event-log.js';
import { stopNodeProcesses } from './node-processes.js';
import { NodeStore } from './node-store.js';
import { type PlatformLocalOptions, UsageError } from './options.js';

/** How long a deprovisioned node's data is kept (safety.md §7). */
const RETAIN_MS = 24 * 3_600_000;

/** Stops the platform, then every node and agent of the data directory; with `destroy` removes all of it. */
export async function stopAll(options: PlatformLocalOptions, log: EventLog): Promise<void> {
  const layout = layoutOf((await reachableDirectory(options.dataDir)).path);
  if (!(await isOurs(layout))) {
    log('nothing-to-stop', { dataDir: layout.root });
    return;
  }
  const platform = await directoryOwner(layout.root);
  if (platform)
    log('platform-stopped', { pid: platform.pid, outcome: await stop(platform, { graceMs: 15_000 }) });
  const ownership = await ownDirectory(layout.root); // nobody starts a node while we stop them
  try {
    const nodes = await new NodeStore(layout).load();
    const results = await Promise.allSettled(
      nodes.map(async node => {
        const { clusterId, nodeId } = node.file;
        log('node-stopped', { clusterId, nodeId, ...(await stopNodeProcesses(node)) });
      }),
    );
    const failed = results.find(result => result.status === 'rejected');
    if (failed) throw failed.reason; // after the others were stopped
  } finally {
    await ownership.release();
  }
  if (options.task !== 'destroy') return;
  await rm(layout.root, { recursive: true, force: true });
  if (layout.root !== options.dataDir) await removeAsked(options);
  log('destroyed', { dataDir: layout.root });
}

/** The data was elsewhere: of the asked directory only what we put there goes, and it itself when that was all. */
async function removeAsked({ dataDir }: PlatformLocalOptions): Promise<void> {
  for (const name of [POINTER_FILE, 'platform.token', 'agent.token'])
    await rm(join(dataDir, name), { force: true });
  if ((await readdir(dataDir)).length === 0) await rmdir(dataDir);
}

/** Removes nodes that were deprovisioned more than 24 h ago. */
export async function purgeRetired(options: PlatformLocalOptions, log: EventLog): Promise<void> {
  const layout = layoutOf((await reachableDirectory(options.dataDir)).path);
  if (!(await isOurs(layout)))
    throw new UsageError(`${layout.root} is not a data directory of platform-local`);
  for (const directory of await new NodeStore(layout).purgeRetired(RETAIN_MS)) log('purged', { directory });
}
