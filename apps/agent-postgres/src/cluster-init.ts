import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import type { ActionHandler, ActionOutcome } from '@replicante/agent-sdk';
import type { PostgresBinaries } from '@replicante/postgres-server';
import { initdb } from '@replicante/postgres-server';
import { messageOf, syncDirectory, writeFileDurably } from '@replicante/processes';
import { AgentFailure } from './agent-failure.js';
import { systemIdentifierOf } from './control-file.js';
import { readMembership, writeMembership } from './membership.js';
import type { NodeConfig } from './node-config.js';
import type { NodeLayout } from './node-layout.js';
import { isVacant } from './node-layout.js';
import { replicationPassword, replicationRoleSql, scramVerifier } from './replication-role.js';
import type { ServerConnection } from './server-connection.js';
import { writeClusterFiles, writePassfile } from './server-files.js';

export interface ClusterInitParts {
  readonly layout: NodeLayout;
  readonly config: NodeConfig;
  readonly binaries: PostgresBinaries;
  readonly local: ServerConnection;
}

/**
 * Turns a fresh node into a cluster of one. Each invocation finds out from the disk how far it got:
 *
 * nothing → initdb beside `data` → membership recorded (a system identifier that can never be made again)
 * → renamed to `data` → the supervisor starts it → the role is made, which proves that it takes writes → done.
 */
export function clusterInit(parts: ClusterInitParts): ActionHandler {
  const { layout, config, binaries, local } = parts;

  const make = async (actionId: string): Promise<void> => {
    await layout.sweep();
    const draft = layout.initialising(actionId);
    // A name of this invocation alone: an initdb that outlived a killed agent still writes under the name it was given.
    const own = `${draft}-${randomBytes(4).toString('hex')}`;
    const passwordFile = await readablePassword(own);
    await initdb(binaries, {
      dataDir: own,
      superuser: config.superuser,
      passwordFile,
      prepare: directory => writeClusterFiles(directory, config, binaries.user),
    });
    if (passwordFile !== config.superuserPasswordFile) await rm(passwordFile);
    await rename(own, draft);
    await syncDirectory(layout.nodeDir);
    const systemIdentifier = await systemIdentifierOf(draft);
    if (systemIdentifier === undefined)
      throw new AgentFailure('BACKUP_INCOMPLETE', 'initdb made no control file');
    const { nodeId, clusterId } = config;
    await writePassfile(layout, replicationPassword(config.superuserPassword), binaries.user);
    await writeMembership(layout.membership, {
      version: 1,
      systemIdentifier,
      nodeId,
      clusterId,
      actionId,
      complete: false,
    });
  };

  /** As root, a copy that the database's user can read: beside the draft, where the sweep finds it after a crash. */
  const readablePassword = async (own: string): Promise<string> => {
    if (!binaries.user) return config.superuserPasswordFile;
    const copy = `${own}.password`;
    await writeFileDurably(copy, `${config.superuserPassword}\n`, { mode: 0o400, owner: binaries.user });
    return copy;
  };

  const name = async (actionId: string): Promise<void> => {
    const draft = layout.initialising(actionId);
    if (await isVacant(draft)) throw new AgentFailure('DATA_MISSING', 'the initialised data is gone');
    await rename(draft, layout.data);
    await syncDirectory(layout.nodeDir);
  };

  return {
    kind: 'agent.replicante.io/cluster.init',
    async invoke(action): Promise<ActionOutcome> {
      const membership = await readMembership(layout.membership);
      if (membership && membership.actionId !== action.id)
        throw new AgentFailure('ALREADY_INITIALISED', 'this node is or was a member of a cluster');
      if (!membership) {
        if (!(await isVacant(layout.data)))
          throw new AgentFailure('DATA_NOT_EMPTY', 'there is a data directory');
        await make(action.id);
      }
      if (await isVacant(layout.data)) await name(action.id);
      const made = await readMembership(layout.membership);
      if (!made || (await systemIdentifierOf(layout.data)) !== made.systemIdentifier)
        throw new AgentFailure('IDENTITY_MISMATCH', 'the data directory is not the one that was initialised');
      try {
        await local.query(replicationRoleSql(scramVerifier(replicationPassword(config.superuserPassword))));
      } catch (error) {
        // Not started yet, or not writable yet: the supervisor's work, however long it takes.
        const step = { step: 'waiting until the server takes writes', last: messageOf(error) };
        return { phase: 'RUNNING', payload: { update: step } };
      }
      if (!made.complete) await writeMembership(layout.membership, { ...made, complete: true });
      return { phase: 'DONE', payload: { update: { step: 'done', store_identity: made.systemIdentifier } } };
    },
  };
}
