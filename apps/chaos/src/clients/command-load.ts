import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from '../chance.js';
import type { CommandClient } from './command-client.js';
import { commandId } from './command-id.js';
import * as manifests from './manifests.js';

export interface LoadTarget {
  /** Nodes that actions may go to. */
  readonly nodes: () => Promise<readonly string[]>;
  /** Count that the cluster is declared with: an apply of it changes nothing. */
  readonly count: () => number;
  readonly platformPort: number;
}

interface Sent {
  readonly id: string;
  readonly method: string;
  readonly request: object;
  /** Recorded, if at all, on the cluster's stream. */
  readonly ofCluster: boolean;
}

const IN_CLUSTER = { ns_id: 'default', cluster_id: 'pg' };
/** Between two commands: some three in a second, so that agents, which carry out one action at a time, keep up. */
const PAUSE_MS = 250;

/** Submits commands all the while: new ones, applies that change nothing, repeats, and other payloads under a used id. */
export class CommandLoad {
  readonly #stop = new AbortController();
  readonly #sent: Sent[] = [];
  readonly #waiting: string[] = [];
  #done: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: CommandClient,
    private readonly target: LoadTarget,
    private readonly chance: Chance,
  ) {}

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#one();
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined); // stopped: the loop ends
    }
  }

  async #one(): Promise<unknown> {
    const { chance } = this;
    const earlier = this.#sent.length > 0 ? chance.pick(this.#sent.slice(-50)) : undefined;
    switch (chance.below(12)) {
      case 0:
      case 1:
        // A repeat: after an unknown outcome it is how a client finds out.
        if (earlier) await this.client.call(earlier.method, earlier.id, earlier.request);
        return;
      case 2:
        // Ids are known per object: another payload for the same one.
        if (earlier?.ofCluster) await this.client.call('Apply', earlier.id, this.#anotherPayload());
        return;
      case 3:
        return this.#send('Apply', manifests.cluster(this.target.count()));
      case 4:
        return this.#send(
          'Apply',
          chance.pick([manifests.namespace(), manifests.platform(this.target.platformPort)]),
        );
      case 5:
        return this.#send('OrchestrateCluster', IN_CLUSTER);
      case 6:
        return this.#send('DiscoverPlatform', { ns_id: 'default', name: 'local' });
      case 7:
        return this.#settle();
      case 8:
        return this.#orchestratorAction();
      default:
        return this.#nodeAction();
    }
  }

  #anotherPayload(): object {
    return manifests.orchestratorAction(randomUUID(), 'test.success', {}, 'granted');
  }

  async #nodeAction(): Promise<void> {
    const nodes = await this.target.nodes();
    if (nodes.length === 0) return;
    const [kind, args] = this.chance.pick([
      ['test.success', {}],
      ['test.loop', { target: 2 }],
    ] as const);
    const approval = this.chance.pick(['granted', 'granted', 'required']);
    const action = randomUUID();
    await this.#send('Apply', manifests.nodeAction(this.chance.pick(nodes), action, kind, args, approval));
    if (approval === 'required') this.#waiting.push(action);
  }

  async #orchestratorAction(): Promise<void> {
    const approval = this.chance.pick(['granted', 'required']);
    const action = randomUUID();
    await this.#send('Apply', manifests.orchestratorAction(action, 'test.success', {}, approval));
    if (approval === 'required') this.#waiting.push(action);
  }

  /** Approves, rejects or cancels; one that was never recorded is refused. */
  async #settle(): Promise<void> {
    const action = this.#waiting.shift();
    if (action === undefined) return;
    const method = this.chance.pick(['ApproveAction', 'ApproveAction', 'RejectAction', 'CancelAction']);
    const outcome = await this.#send(method, { ...IN_CLUSTER, action_id: action });
    if (outcome === 'unknown') this.#waiting.push(action);
  }

  async #send(method: string, request: object): Promise<'unknown' | undefined> {
    const id = commandId();
    this.#sent.push({ id, method, request, ofCluster: /cluster_id/.test(JSON.stringify(request)) });
    const { kind } = await this.client.call(method, id, request);
    return kind === 'unknown' ? 'unknown' : undefined;
  }
}
