import { clusterIds, nodeIdOf, startSimulator } from '@replicante/simulated-fleet';
import type { Simulator } from '@replicante/simulated-fleet';
import type { PlayedFleet } from '../evidence/evidence.js';

const NODES_PER_CLUSTER = 3;
const CHANGES_PER_CLUSTER_AND_MINUTE = 1;

/** Clusters that are only observed, beside the one that is changed: they are load, and their nodes come and go all the while. */
export class Fleet {
  private constructor(
    private readonly simulator: Simulator,
    private readonly seed: number,
    readonly clusterIds: readonly string[],
    /** Straight to the simulator: proxies and their faults belong to the cluster that is changed. */
    readonly platformUrl: string,
  ) {}

  static async start(clusters: number, seed: number): Promise<Fleet> {
    const shape = { clusters, nodesPerCluster: NODES_PER_CLUSTER };
    const simulator = startSimulator();
    try {
      const { platformUrl } = await simulator.ask({ kind: 'serve', ...shape });
      return new Fleet(simulator, seed, clusterIds(shape), platformUrl);
    } catch (error) {
      await simulator.stop();
      throw error;
    }
  }

  readonly nodesPerCluster = NODES_PER_CLUSTER;

  /** From now on nodes fall ill and recover. */
  async change(): Promise<void> {
    await this.#changing(CHANGES_PER_CLUSTER_AND_MINUTE);
  }

  /** Each node stays as it is. */
  async rest(): Promise<void> {
    await this.#changing(0);
  }

  async played(): Promise<PlayedFleet> {
    const { ill, unexpected } = await this.simulator.ask({ kind: 'tell' });
    const isIll = new Set(ill);
    const nodes = this.clusterIds.flatMap((clusterId, cluster) =>
      Array.from({ length: NODES_PER_CLUSTER }, (_, node) => {
        const nodeId = nodeIdOf(cluster, node);
        return { clusterId, nodeId, status: isIll.has(nodeId) ? 'UNHEALTHY' : 'HEALTHY' };
      }),
    );
    return { nodes, unexpected };
  }

  async stop(): Promise<void> {
    await this.simulator.stop();
  }

  async #changing(perClusterPerMinute: number): Promise<void> {
    await this.simulator.ask({ kind: 'change', perClusterPerMinute, seed: this.seed });
  }
}
