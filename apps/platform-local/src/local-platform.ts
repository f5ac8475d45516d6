import { relative } from 'node:path';
import { IDENTIFIER, type Json } from '@replicante/kernel';
import {
  type DeprovisionRequest,
  type DiscoveredCluster,
  type DiscoveredNode,
  type ProvisionAnswer,
  type ProvisionGroup,
  type ProvisionRequest,
  formatFence,
} from '@replicante/platform-protocol';
import {
  type Attempt,
  type NodeFile,
  type PlatformImplementation,
  PlatformRefusal,
} from '@replicante/platform-sdk';
import { freePorts, messageOf } from '@replicante/processes';
import { type DataLayout, nodeDirectory } from './data-layout.js';
import type { EventLog } from './event-log.js';
import { stopNodeProcesses } from './node-processes.js';
import type { NodeStore, StoredNode } from './node-store.js';
import type { NodeSupervisor } from './node-supervisor.js';
import { type NodeTemplate, templateOf } from './templates.js';

const LOOPBACK = '127.0.0.1';

/** Nodes as processes of this machine. One node per call, whatever count is asked for (§6). */
export class LocalPlatform implements PlatformImplementation {
  readonly #nodes = new Map<string, StoredNode>();

  constructor(
    private readonly layout: DataLayout,
    private readonly store: NodeStore,
    private readonly supervisor: NodeSupervisor,
    private readonly agentTokenFile: string,
    private readonly log: EventLog,
  ) {}

  /** Takes up the nodes on disk: adopts what runs, finishes deprovisionings that a crash interrupted. */
  async open(): Promise<void> {
    for (const node of await this.store.load()) {
      this.#nodes.set(keyOf(node.file.clusterId, node.file.nodeId), node);
      if (!node.retiring) this.supervisor.watch(node);
    }
    for (const node of this.#nodes.values()) {
      if (!node.retiring) continue;
      await this.#retire(node).catch((error: unknown) => {
        // It stays unreported and a repeated deprovision tries again; the other nodes must not wait for it.
        this.log('retire-failed', { nodeId: node.file.nodeId, error: messageOf(error) });
      });
    }
  }

  async discover(): Promise<readonly DiscoveredCluster[]> {
    const clusters = new Map<string, DiscoveredNode[]>();
    for (const { file, retiring } of this.#nodes.values()) {
      if (retiring) continue;
      const nodes = clusters.get(file.clusterId) ?? [];
      nodes.push({
        agent_address: `http://${file.agent.host}:${file.agent.port}`,
        node_class: file.nodeClass,
        node_id: file.nodeId,
        node_group: file.nodeGroup,
      });
      clusters.set(file.clusterId, nodes);
    }
    return [...clusters].map(([cluster_id, nodes]) => ({ cluster_id, nodes }));
  }

  async provision(request: ProvisionRequest, attempt: Attempt): Promise<ProvisionAnswer> {
    const group = groupOf(request);
    const template = templateOf(group.node_class);
    checkRunnable(request, group, template);
    if (request.provision.count === 0) return { count: 0, node_ids: [] };
    const made = attempt.interrupted ? this.#madeBy(attempt) : undefined;
    const node = made ?? (await this.#create(request, group, template, attempt));
    return { count: 1, node_ids: [node.file.nodeId] };
  }

  async deprovision({ cluster_id, node_id }: DeprovisionRequest): Promise<void> {
    const node = this.#nodes.get(keyOf(cluster_id, node_id));
    if (node) return this.#retire(node);
    if (isPlainId(cluster_id) && (await this.store.isRetired(cluster_id, node_id))) return;
    throw new PlatformRefusal(404, `cluster "${cluster_id}" has no node "${node_id}" here`);
  }

  /** The node that an interrupted attempt had made before it ended. */
  #madeBy({ attemptId, idempotencyKey }: Attempt): StoredNode | undefined {
    return [...this.#nodes.values()].find(
      ({ provision }) =>
        (attemptId !== null && provision.attemptId === attemptId) ||
        (idempotencyKey !== null && provision.idempotencyKey === idempotencyKey),
    );
  }

  async #create(
    request: ProvisionRequest,
    group: ProvisionGroup,
    template: NodeTemplate,
    { attemptId, idempotencyKey, fence }: Attempt,
  ): Promise<StoredNode> {
    const { cluster, provision } = request;
    const nodeId = await this.store.nextNodeId(cluster.cluster_id);
    const [agentPort, postgresPort] = await this.#ports();
    const directory = nodeDirectory(this.layout, cluster.cluster_id, nodeId);
    const attributes: Readonly<Record<string, Json>> = { ...cluster.attributes, ...group.attributes };
    const file: NodeFile = {
      version: 1,
      nodeId,
      clusterId: cluster.cluster_id,
      nodeGroup: provision.node_group_id,
      nodeClass: group.node_class,
      storeVersion: group.store_version ?? cluster.store_version,
      attributes,
      agent: { host: LOOPBACK, port: agentPort, tokenFile: relative(directory, this.agentTokenFile) },
      postgres: {
        host: LOOPBACK,
        port: postgresPort,
        superuser: 'postgres',
        passwordFile: '../credentials/superuser.password',
        dataDir: 'data',
        logFile: 'postgres.log',
        settings: template.settings,
      },
    };
    const node = await this.store.create(file, {
      attemptId,
      idempotencyKey,
      fence: fence && formatFence(fence),
    });
    this.#take(node);
    return node;
  }

  /** Two ports that are free and that no other node of ours has, running or not. */
  async #ports(): Promise<readonly [number, number]> {
    const taken = new Set(
      [...this.#nodes.values()].flatMap(({ file }) => [file.agent.port, file.postgres.port]),
    );
    for (;;) {
      const [agent, postgres] = (await freePorts(8)).filter(port => !taken.has(port));
      if (agent !== undefined && postgres !== undefined) return [agent, postgres];
    }
  }

  #take(node: StoredNode): void {
    this.#nodes.set(keyOf(node.file.clusterId, node.file.nodeId), node);
    this.supervisor.watch(node);
  }

  async #retire(node: StoredNode): Promise<void> {
    const key = keyOf(node.file.clusterId, node.file.nodeId);
    const retiring = node.retiring ? node : await this.store.markRetiring(node);
    this.#nodes.set(key, retiring);
    await this.supervisor.forget(retiring);
    await stopNodeProcesses(retiring);
    await this.store.retire(retiring);
    this.#nodes.delete(key);
  }
}

const keyOf = (clusterId: string, nodeId: string): string => `${clusterId}/${nodeId}`;

/** Fit to be the name of a directory. */
const isPlainId = (id: string): boolean => IDENTIFIER.test(id) && id !== '.' && id !== '..';

function groupOf({ cluster, provision }: ProvisionRequest): ProvisionGroup {
  if (!isPlainId(cluster.cluster_id)) {
    throw new PlatformRefusal(400, 'cluster_id must be 1 to 128 of A-Z a-z 0-9 . _ -');
  }
  const groups = new Map(Object.entries(cluster.nodes));
  const group = groups.get(provision.node_group_id);
  if (group) return group;
  const defined = [...groups.keys()];
  throw new PlatformRefusal(
    400,
    `node group "${provision.node_group_id}" is not defined; defined: ${defined.join(', ') || 'none'}`,
    { defined_node_groups: defined, node_group_id: provision.node_group_id },
  );
}

function checkRunnable({ cluster }: ProvisionRequest, group: ProvisionGroup, template: NodeTemplate): void {
  const version = group.store_version ?? cluster.store_version;
  if (!template.majors.includes(version.split('.')[0] ?? '')) {
    throw new PlatformRefusal(
      400,
      `node class "${group.node_class}" runs version ${template.majors.join(', ')}, not "${version}"`,
      { supported_versions: template.majors },
    );
  }
}
