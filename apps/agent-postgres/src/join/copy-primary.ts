import { chown, mkdir, readdir, rename } from 'node:fs/promises';
import type { PostgresBinaries } from '@replicante/postgres-server';
import { dataDirectoryMajor } from '@replicante/postgres-server';
import { syncDirectory } from '@replicante/processes';
import { AgentFailure } from '../agent-failure.js';
import type { MemberAddress } from '../conninfo.js';
import { systemIdentifierOf } from '../control-file.js';
import { writeMembership } from '../membership.js';
import type { NodeConfig } from '../node-config.js';
import type { NodeLayout } from '../node-layout.js';
import { replicationPassword } from '../replication-role.js';
import { writePassfile, writeStandbyFiles } from '../server-files.js';
import { ReplicationConnection } from './base-backup.js';
import { syncTree } from './durable-tree.js';
import { unpackInto } from './unpack.js';

export interface CopyParts {
  readonly layout: NodeLayout;
  readonly config: NodeConfig;
  readonly binaries: PostgresBinaries;
}

export interface CopyOptions {
  readonly actionId: string;
  readonly primary: MemberAddress;
  readonly signal: AbortSignal;
  /** Bytes of the archive that have come so far. */
  readonly onProgress: (step: string, bytes: number) => void;
}

/**
 * From nothing to a complete `data` (safety.md §6). Until the rename at the end everything is in `data.joining-<action>`,
 * which nobody starts; from its first file on it could only ever start as a standby.
 */
export async function copyPrimary(parts: CopyParts, options: CopyOptions): Promise<void> {
  const { layout, config, binaries } = parts;
  const { actionId, primary, signal, onProgress } = options;
  const draft = layout.joining(actionId);
  await layout.sweep();
  await mkdir(draft, { mode: 0o700 });
  if (binaries.user) await chown(draft, binaries.user.uid, binaries.user.gid);
  const password = replicationPassword(config.superuserPassword);
  await writePassfile(layout, password, binaries.user);
  await writeStandbyFiles(draft, config, primary, binaries.user);
  await syncDirectory(layout.nodeDir);

  const connection = new ReplicationConnection(primary, password, `${config.nodeId} join`);
  const unpacking = unpackInto(draft, binaries.user);
  const stop = (): void => {
    unpacking.abort(new Error('the agent stops'));
    connection.close();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await connection.open();
    const { systemIdentifier } = await connection.identify();
    let bytes = 0;
    onProgress('copying', bytes);
    const result = await connection.baseBackup(chunk => {
      bytes += chunk.length;
      onProgress('copying', bytes);
      return unpacking.sink(chunk);
    });
    await unpacking.finish();
    onProgress(`verifying, to ${result.endLsn}`, bytes);
    await verify(draft, systemIdentifier, binaries);
    await syncTree(draft);
    signal.throwIfAborted();
    const { nodeId, clusterId } = config;
    await writeMembership(layout.membership, {
      version: 1,
      systemIdentifier,
      nodeId,
      clusterId,
      actionId,
      complete: false,
    });
    await rename(draft, layout.data);
    await syncDirectory(layout.nodeDir);
  } catch (error) {
    unpacking.abort(new Error('broken off', { cause: error }));
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    connection.close();
  }
}

/** What was unpacked is of the cluster that was asked, of our major version, and can only be a standby. */
async function verify(draft: string, expected: string, binaries: PostgresBinaries): Promise<void> {
  const found = await systemIdentifierOf(draft);
  if (found !== expected)
    throw new AgentFailure(
      'IDENTITY_MISMATCH',
      `the copy is of ${found ?? 'nothing'}, the primary is ${expected}`,
    );
  const major = await dataDirectoryMajor(draft);
  if (major !== binaries.major)
    throw new AgentFailure(
      'OTHER_MAJOR_VERSION',
      `the primary is PostgreSQL ${major}, this node is ${binaries.major}`,
    );
  const names = await readdir(draft);
  for (const name of ['standby.signal', 'backup_label'])
    if (!names.includes(name)) throw new AgentFailure('BACKUP_INCOMPLETE', `the copy has no ${name}`);
}
