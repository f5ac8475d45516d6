import { random } from './random.js';
import type { SimulatedNode, SimulatedStatus } from './simulated-node.js';

/** A status that one node took, by the wall clock: it is compared with times in events. */
export interface Change {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly status: SimulatedStatus;
  readonly atMs: number;
}

const LOOK_MS = 20;
const MINUTE_MS = 60_000;

/** One node of a cluster falls ill, the next time it recovers: at most one at a time, each cluster at its own times. */
export class Churn {
  #timer: NodeJS.Timeout | undefined;
  #changes: Change[] = [];

  constructor(private readonly nodes: () => readonly (readonly SimulatedNode[])[]) {}

  /** 0: rests. */
  start(perClusterPerMinute: number, seed: number): void {
    clearInterval(this.#timer);
    if (perClusterPerMinute === 0) return;
    const next = random(seed);
    const everyMs = MINUTE_MS / perClusterPerMinute;
    const clusters = this.nodes().map(nodes => ({
      nodes,
      ill: nodes.find(({ status }) => status !== 'HEALTHY'),
      dueMs: performance.now() + next() * everyMs,
    }));
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      for (const cluster of clusters) {
        if (cluster.dueMs > nowMs) continue;
        cluster.dueMs += everyMs;
        const answering = cluster.nodes.filter(({ hangs }) => !hangs);
        const node = cluster.ill ?? answering[Math.floor(next() * answering.length)];
        if (!node) continue;
        cluster.ill = cluster.ill ? undefined : node;
        this.#set(node, cluster.ill ? 'UNHEALTHY' : 'HEALTHY');
      }
    }, LOOK_MS);
  }

  takeChanges(): readonly Change[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  #set(node: SimulatedNode, status: SimulatedStatus): void {
    node.status = status;
    const { clusterId, nodeId } = node;
    this.#changes.push({ clusterId, nodeId, status, atMs: Date.now() });
  }
}
