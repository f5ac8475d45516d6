import type { Chance } from '../chance.js';
import { until } from '../until.js';
import type { World } from '../world/world.js';
import { CommandClient } from './command-client.js';
import { commandId } from './command-id.js';
import { CommandLoad } from './command-load.js';
import * as manifests from './manifests.js';
import { RowWriters } from './row-writers.js';

/** Everybody who uses the suite and its databases while faults happen. */
export class Clients {
  readonly commands: CommandClient;
  readonly rows: RowWriters;
  readonly #load: CommandLoad;
  #count = 3;

  constructor(
    private readonly world: World,
    chance: Chance,
  ) {
    this.commands = new CommandClient(`127.0.0.1:${world.proxies.ports.command}`);
    this.rows = new RowWriters(world.installation);
    const target = {
      nodes: async () => (await world.installation.nodes()).map(n => n.nodeId),
      count: () => this.#count,
      platformPort: world.proxies.ports.platform,
    };
    this.#load = new CommandLoad(this.commands, target, chance);
  }

  start(): void {
    this.rows.start();
    this.#load.start();
  }

  /** The quickstart's objects, and the fleet. */
  async declare(): Promise<void> {
    await this.#apply(manifests.namespace());
    await this.#apply(manifests.platform(this.world.proxies.ports.platform));
    await this.#apply(manifests.cluster(this.#count));
    const { fleet } = this.world;
    if (!fleet) return;
    const { platformUrl, clusterIds, nodesPerCluster } = fleet;
    for (const object of manifests.fleetOf(platformUrl, clusterIds, nodesPerCluster))
      await this.#apply(object);
    await fleet.change();
  }

  /** From 3 to 5 nodes. A repeat of an apply of 3 that changed nothing, and so is not remembered, takes it back. */
  async grow(): Promise<void> {
    this.#count = 5;
    await this.#apply(manifests.cluster(5));
  }

  /** The load ends; the writers go on until the cluster is at rest. */
  async rest(): Promise<void> {
    await this.#load.stop();
    await this.world.fleet?.rest();
  }

  /** What was recorded and never approved blocks its node's queue: also what its client was not told of. */
  async approve(actions: readonly string[]): Promise<void> {
    for (const action_id of actions)
      await this.commands.call('ApproveAction', commandId(), {
        ns_id: 'default',
        cluster_id: 'pg',
        action_id,
      });
  }

  async stop(): Promise<void> {
    await this.#load.stop();
    await this.rows.stop();
    this.commands.close();
  }

  /** A command is answered now: the suite works again. */
  async answered(): Promise<void> {
    await until('a command is answered', 90_000, async () => {
      const request = { ns_id: 'default', cluster_id: 'pg' };
      const { kind } = await this.commands.call('OrchestrateCluster', commandId(), request, 3_000);
      return kind === 'ok';
    });
  }

  /** The same id until it is known what became of it. */
  async #apply(request: object): Promise<void> {
    const id = commandId();
    const outcome = await until('the manifest is applied', 90_000, async () => {
      const answer = await this.commands.call('Apply', id, request);
      return answer.kind !== 'unknown' && !isPassing(answer) && answer;
    });
    if (outcome.kind === 'fail') throw new Error(`${outcome.code}: ${outcome.message}`);
  }
}

const isPassing = (answer: { readonly kind: string; readonly code?: string }): boolean =>
  answer.kind === 'fail' &&
  ['EVENT_STORE_UNAVAILABLE', 'SERVICE_UNAVAILABLE', 'CONCURRENT_CHANGE'].includes(answer.code ?? '');
