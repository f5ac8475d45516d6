import { clusterIdOf, nodeIdOf } from './fleet-shape.js';

export type SimulatedStatus = 'HEALTHY' | 'UNHEALTHY';

const NO_ACTIONS = JSON.stringify({ actions: [] });
/** Bytes of WAL per answer: offsets of a live server grow with every look. */
const WAL = 1_024;

/** One agent's answers, in the words of agent-postgres. */
export class SimulatedNode {
  readonly clusterId: string;
  readonly nodeId: string;
  status: SimulatedStatus = 'HEALTHY';
  /** It takes connections and requests, and never answers. */
  hangs = false;
  readonly #isPrimary: boolean;
  readonly #identity: string;
  readonly #store: string;
  readonly #answers: ReadonlyMap<string, () => string>;
  #lsn = 50_000_000;
  #node: { readonly status: SimulatedStatus; readonly text: string } | undefined;

  constructor(cluster: number, node: number) {
    this.clusterId = clusterIdOf(cluster);
    this.nodeId = nodeIdOf(cluster, node);
    this.#isPrimary = node === 0;
    this.#identity = String(7_300_000_000_000_000 + cluster);
    this.#store = JSON.stringify({
      cluster_id: this.clusterId,
      attributes: { store_identity: this.#identity, timeline: 1 },
    });
    this.#answers = new Map([
      ['info/node', () => this.#nodeInfo()],
      ['info/store', () => this.#store],
      ['info/shards', () => this.#shards()],
      ['actions/queue', () => NO_ACTIONS],
      ['actions/finished', () => NO_ACTIONS],
    ]);
  }

  /** `undefined`: there is no such answer. */
  answer(path: string): string | undefined {
    return this.#answers.get(path)?.();
  }

  #nodeInfo(): string {
    if (this.#node?.status !== this.status)
      this.#node = { status: this.status, text: JSON.stringify(this.#document()) };
    return this.#node.text;
  }

  #document(): object {
    return {
      address: { client: '127.0.0.1:5432', member: '127.0.0.1:5432' },
      agent_version: { checkout: 'a'.repeat(40), number: '0.1.0', taint: '' },
      attributes: {
        node_group: 'main',
        node_class: 'small',
        store_identity: this.#identity,
        ...(this.#isPrimary ? {} : { upstream: '127.0.0.1:5432', slot: `replicante_${this.nodeId}` }),
      },
      node_id: this.nodeId,
      node_status: this.status,
      store_id: 'postgresql',
      store_version: { checkout: null, number: '18.4', extra: null },
    };
  }

  #shards(): string {
    this.#lsn += WAL;
    const unit = { unit: 'bytes' };
    const shard = {
      id: 'postgresql',
      role: this.#isPrimary ? 'Primary' : 'Secondary',
      commit_offset: { unit, value: this.#lsn },
      lag: this.#isPrimary ? null : { unit, value: 0 },
    };
    return JSON.stringify({ shards: [shard] });
  }
}
