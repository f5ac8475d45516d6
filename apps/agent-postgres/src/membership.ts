import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory, systemCode, writeFileDurably } from '@replicante/processes';

/**
 * Proof, *outside* the data directory, that this node belongs to a cluster (safety.md §5): an unmounted volume must not
 * look like a fresh node. Written before the data gets its name.
 */
export interface Membership {
  readonly version: 1;
  /** PostgreSQL's system identifier, a decimal text: it does not fit a JSON number. */
  readonly systemIdentifier: string;
  readonly nodeId: string;
  readonly clusterId: string;
  /** The action that made it; the only one that may go on while it is not complete. */
  readonly actionId: string;
  /** Becomes true when that action is done: writable, or seen streaming by the primary. */
  readonly complete: boolean;
}

export async function readMembership(file: string): Promise<Membership | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const value = JSON.parse(text) as Partial<Membership>;
  const fits =
    value.version === 1 &&
    [value.systemIdentifier, value.nodeId, value.clusterId, value.actionId].every(
      v => typeof v === 'string',
    ) &&
    typeof value.complete === 'boolean';
  // Never taken for "no member": that would let this node be initialised again.
  if (!fits) throw new Error(`${file} cannot be understood: restore it`);
  return value as Membership;
}

export async function writeMembership(file: string, membership: Membership): Promise<void> {
  await writeFileDurably(file, `${JSON.stringify(membership, null, 2)}\n`);
}

export async function removeMembership(file: string): Promise<void> {
  await rm(file, { force: true });
  await syncDirectory(dirname(file));
}
