import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, systemCode } from '@replicante/processes';

/** Where things are in a node's folder. Only `data` is ever started by the supervisor. */
export class NodeLayout {
  readonly membership: string;
  readonly passfile: string;
  readonly agentState: string;

  constructor(
    readonly nodeDir: string,
    /** Directly below `nodeDir`. */
    readonly data: string,
  ) {
    this.membership = join(nodeDir, 'membership.json');
    this.passfile = join(nodeDir, PASSFILE);
    this.agentState = join(nodeDir, 'agent');
  }

  initialising(actionId: string): string {
    return join(this.nodeDir, `${INITIALISING}${actionId}`);
  }

  joining(actionId: string): string {
    return join(this.nodeDir, `${JOINING}${actionId}`);
  }

  /** A copy is under way, or was when the agent died. */
  async isJoining(): Promise<boolean> {
    return (await readdir(this.nodeDir)).some(name => name.startsWith(JOINING));
  }

  /** Removes what earlier actions left unfinished; none of it was ever started. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.nodeDir))
      if (name.startsWith(JOINING) || name.startsWith(INITIALISING))
        await rm(join(this.nodeDir, name), SWEEPING);
    await syncDirectory(this.nodeDir);
  }
}

/** Retried: an initdb that outlived a killed agent makes files until it notices that its directory is gone. */
const SWEEPING = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
const JOINING = 'data.joining-';
const INITIALISING = 'data.init-';

/** Relative to the data directory, where the server works: it stays true when the node's folder is moved. */
export const PASSFILE = 'replication.pgpass';
export const PASSFILE_FROM_DATA = `../${PASSFILE}`;

/** Whether a directory is absent or empty. */
export async function isVacant(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true;
    throw error;
  }
}
