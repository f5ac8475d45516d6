import type { Server } from 'node:net';
import { answerParent } from '@replicante/processes';
import { random } from './random.js';
import { Churn } from './churn.js';
import type { Change } from './churn.js';
import type { FleetShape } from './fleet-shape.js';
import { API, clusterIdOf } from './fleet-shape.js';
import { SimulatedNode } from './simulated-node.js';
import type { Answer } from './tiny-http.js';
import { listen, listenOnLoopback } from './tiny-http.js';

export interface Served extends FleetShape {
  /**
   * How agents become origins of their own: by a port each on 127.0.0.1, or by an address each of 127.0.0.0/8 on one port
   * (Linux), which takes no handle per agent. Default: ports.
   */
  readonly origins?: 'ports' | 'addresses';
}

export type SimulatorRequest =
  | ({ readonly kind: 'serve' } & Served)
  /** From now on this share of the agents takes requests and never answers. 0: all answer again. */
  | { readonly kind: 'hang'; readonly share: number; readonly seed: number }
  /** From now on every cluster has so many changes of a node's status per minute, at its own times. */
  | { readonly kind: 'change'; readonly perClusterPerMinute: number; readonly seed: number }
  | { readonly kind: 'tell' };

export interface Simulated {
  /** Of the platform. */
  readonly platformUrl: string;
  /** By cluster, then node. */
  readonly agents: readonly (readonly string[])[];
  readonly hung: readonly string[];
  /** Nodes that are not HEALTHY now. */
  readonly ill: readonly string[];
  /** Since the last `tell`. */
  readonly changes: readonly Change[];
  readonly requests: number;
  /** What no observer of a quiet fleet has reason to ask. */
  readonly unexpected: readonly string[];
}

const servers: Server[] = [];
let nodes: SimulatedNode[][] = [];
let agents: string[][] = [];
let platformUrl = '';
let requests = 0;
let unexpected: string[] = [];
const churn = new Churn(() => nodes);

function agentAnswer(node: SimulatedNode, method: string, path: string): Answer {
  requests += 1;
  if (node.hangs) return 'hangs';
  const json = method === 'GET' && path.startsWith(API) ? node.answer(path.slice(API.length)) : undefined;
  if (json !== undefined) return { json };
  unexpected.push(`${node.nodeId}: ${method} ${path}`);
  return 'not found';
}

const discovery = (): string =>
  JSON.stringify({
    clusters: nodes.map((of, cluster) => ({
      cluster_id: clusterIdOf(cluster),
      nodes: of.map(({ nodeId }, n) => ({
        agent_address: agents[cluster]?.[n],
        node_class: 'small',
        node_id: nodeId,
        node_group: 'main',
      })),
    })),
  });

async function serve({ clusters, nodesPerCluster, origins = 'ports' }: Served): Promise<void> {
  nodes = Array.from({ length: clusters }, (_, cluster) =>
    Array.from({ length: nodesPerCluster }, (__, node) => new SimulatedNode(cluster, node)),
  );
  agents = origins === 'ports' ? await servePorts() : await serveAddresses();
  const { server, port } = await listen((method, path) => {
    if (method === 'GET' && path === '/discover') return { json: discovery() };
    unexpected.push(`platform: ${method} ${path}`);
    return 'not found';
  });
  servers.push(server);
  platformUrl = `http://127.0.0.1:${port}`;
}

async function servePorts(): Promise<string[][]> {
  const served: string[][] = [];
  for (const of of nodes)
    served.push(
      await Promise.all(
        of.map(async node => {
          const { server, port } = await listen((method, path) => agentAnswer(node, method, path));
          servers.push(server);
          return `http://127.0.0.1:${port}`;
        }),
      ),
    );
  return served;
}

async function serveAddresses(): Promise<string[][]> {
  const byAddress = new Map<string, SimulatedNode>();
  const { server, port } = await listenOnLoopback((method, path, address) => {
    const node = byAddress.get(address);
    return node === undefined ? 'not found' : agentAnswer(node, method, path);
  });
  servers.push(server);
  return nodes.map(of =>
    of.map(node => {
      const address = `127.1.${byAddress.size >> 8}.${byAddress.size & 255}`;
      byAddress.set(address, node);
      return `http://${address}:${port}`;
    }),
  );
}

function hang(share: number, seed: number): void {
  const all = nodes.flat();
  for (const node of all) node.hangs = false;
  const next = random(seed);
  for (let left = Math.round(all.length * share); left > 0;) {
    const node = all[Math.floor(next() * all.length)];
    if (!node || node.hangs) continue;
    node.hangs = true;
    left -= 1;
  }
}

answerParent<SimulatorRequest, Simulated>(async request => {
  if (request.kind === 'serve') await serve(request);
  if (request.kind === 'hang') hang(request.share, request.seed);
  if (request.kind === 'change') churn.start(request.perClusterPerMinute, request.seed);
  const told: Simulated = {
    platformUrl,
    agents,
    hung: nodes.flat().flatMap(node => (node.hangs ? [node.nodeId] : [])),
    ill: nodes.flat().flatMap(node => (node.status === 'HEALTHY' ? [] : [node.nodeId])),
    changes: churn.takeChanges(),
    requests,
    unexpected,
  };
  requests = 0;
  unexpected = [];
  return told;
});
