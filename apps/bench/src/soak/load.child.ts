import { openGrpcClient } from '@replicante/service';
import { createClient } from 'graphql-ws';
import { v7 } from 'uuid';
import { WebSocket } from 'ws';
import { answerParent } from '@replicante/processes';
import { NS, specOf } from '../rig/fleet-events.js';
import { clusterIdOf, clusterIds } from '@replicante/simulated-fleet';
import type { FleetShape } from '@replicante/simulated-fleet';

export type LoadRequest =
  | ({
      readonly kind: 'begin';
      readonly grpc: string;
      readonly http: string;
      readonly intervalSeconds: number;
    } & FleetShape)
  | { readonly kind: 'tell' };

/** Since the beginning. */
export interface Load {
  readonly commands: number;
  readonly lists: number;
  readonly told: number;
  readonly failures: readonly string[];
}

const CYCLE_EVERY_MS = 1_000;
const APPLY_EVERY_MS = 10_000;
const LIST_EVERY_MS = 2_000;
const CALL_MS = 5_000;
const MAX_FAILURES = 20;
const LIST = `query { clusters(nsId: "${NS}", first: 50) { nodes {
  clusterId interval nodes(first: 20) { nodes { nodeId status observedAt } }
} } }`;
const CHANGED = `subscription ($id: ID!) { clusterChanged(nsId: "${NS}", clusterId: $id) { clusterId } }`;

const load = { commands: 0, lists: 0, told: 0, failures: [] as string[] };
const fail = (what: string) => (error: unknown) => {
  const message = error instanceof Error ? error.message : JSON.stringify(error);
  if (load.failures.length < MAX_FAILURES) load.failures.push(`${what}: ${message}`);
};

/** A client that commands, one that reads lists, and one that follows a cluster, for as long as this process lives. */
function begin(request: Extract<LoadRequest, { readonly kind: 'begin' }>): void {
  const { grpc, http, intervalSeconds, nodesPerCluster } = request;
  const service = 'replicante.command.v1.CommandService';
  const commands = openGrpcClient({ address: grpc, proto: 'command.proto', service });
  const ids = clusterIds(request);
  const command = (method: string, body: object): Promise<void> =>
    commands
      .call(method, { meta: { command_id: v7() }, ...body }, { deadlineMs: CALL_MS })
      .then(() => void (load.commands += 1), fail(method));

  let turn = 0;
  setInterval(() => {
    turn += 1;
    void command('OrchestrateCluster', { ns_id: NS, cluster_id: ids[turn % ids.length] });
  }, CYCLE_EVERY_MS);
  setInterval(() => {
    const spec = specOf(ids[turn % ids.length] ?? '', nodesPerCluster, intervalSeconds);
    const { definition } = spec.declaration;
    const attributes = { turn };
    const declaration = {
      ...spec.declaration,
      definition: definition === null ? null : { ...definition, attributes },
    };
    const manifest = { apiVersion: 'replicante.io/v0', kind: 'ClusterSpec', spec: { ...spec, declaration } };
    void command('Apply', { manifest_json: JSON.stringify(manifest) });
  }, APPLY_EVERY_MS);
  setInterval(() => void list(http).catch(fail('list')), LIST_EVERY_MS);

  const live = createClient({ url: `ws://${http}/graphql`, webSocketImpl: WebSocket, lazy: false });
  live.subscribe(
    { query: CHANGED, variables: { id: clusterIdOf(0) } },
    {
      next: () => (load.told += 1),
      error: fail('subscription'),
      complete: () => fail('subscription')(new Error('it ended')),
    },
  );
}

async function list(http: string): Promise<void> {
  const answer = await fetch(`http://${http}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: LIST }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  const text = await answer.text();
  if (answer.status !== 200 || text.includes('"errors"')) throw new Error(text.slice(0, 300));
  load.lists += 1;
}

answerParent<LoadRequest, Load>(async request => {
  if (request.kind === 'begin') begin(request);
  return load;
});
