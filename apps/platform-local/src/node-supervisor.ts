import type { PostgresBinaries } from '@replicante/postgres-server';
import { BackOff } from '@replicante/processes';
import type { EventLog } from './event-log.js';
import { Keeper } from './keeper.js';
import { keptAgent, keptPostgres } from './node-processes.js';
import type { StoredNode } from './node-store.js';

export interface SupervisorSettings {
  readonly binaries: PostgresBinaries;
  readonly agentMain: string;
  readonly restartDelayMs: number;
  readonly log: EventLog;
}

/** Keeps agent and server of each node running. Its end leaves them as they are. */
export class NodeSupervisor {
  readonly #keepers = new Map<string, readonly Keeper[]>();

  constructor(private readonly settings: SupervisorSettings) {}

  watch(node: StoredNode): void {
    const { binaries, agentMain, restartDelayMs, log } = this.settings;
    const { nodeId, clusterId } = node.file;
    const nodeLog: EventLog = (event, fields) => log(event, { clusterId, nodeId, ...fields });
    this.#keepers.set(
      node.directory,
      [keptAgent(node, agentMain), keptPostgres(node, binaries)].map(
        kept => new Keeper(kept, new BackOff(restartDelayMs), nodeLog),
      ),
    );
  }

  /** When this resolves, nothing of the node is started any more; what runs goes on. */
  async forget(node: StoredNode): Promise<void> {
    const keepers = this.#keepers.get(node.directory) ?? [];
    this.#keepers.delete(node.directory);
    await Promise.all(keepers.map(keeper => keeper.stop()));
  }

  async close(): Promise<void> {
    const keepers = [...this.#keepers.values()].flat();
    this.#keepers.clear();
    await Promise.all(keepers.map(keeper => keeper.stop()));
  }
}
