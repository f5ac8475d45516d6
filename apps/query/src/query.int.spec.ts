import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cloudEvent, sampleCloudEvent, TOPICS, upstreamCode } from '@replicante/contracts';
import { memoryCoordinator } from '@replicante/coordinator-memory';
import type { ClusterEvent, CycleSample, NamespaceEvent, NodeStatus } from '@replicante/domain';
import { memoryEventBus } from '@replicante/event-bus-memory';
import { memoryEventStore } from '@replicante/event-store-memory';
import { gatewayProjection } from '@replicante/gateway';
import type { Json } from '@replicante/kernel';
import { clusterStream, namespaceStream } from '@replicante/kernel';
import {
  activateGeneration,
  followedGenerations,
  openControl,
  openGeneration,
  putSamples,
  readModelsProjection,
  readModelsSink,
  rowChangeKey,
  subscriptionOf,
  type OpenSource,
} from '@replicante/read-models';
import type { RunningService } from '@replicante/service';
import { Subscription } from '@replicante/subscriptions';
import { memoryTaskQueue } from '@replicante/task-queue-memory';
import { eventually, startTestPostgres, type TestPostgres } from '@replicante/testing';
import { v4 } from 'uuid';
import WebSocket from 'ws';
import { startQuery } from './start-query.js';

const NS = 'default';
const store = memoryEventStore();
const bus = memoryEventBus();
const coordinator = memoryCoordinator();
const taskQueue = memoryTaskQueue();
let postgres: TestPostgres;
let service: RunningService;
let rows: OpenSource;
let control: OpenSource;
const stop = new AbortController();
let projecting: Promise<void>;
const revisions = new Map<string, number>();

/** Appends by hand what the domain would, publishes it as the gateway would, answers the position. */
async function append(stream: string, events: readonly (ClusterEvent | NamespaceEvent)[]): Promise<string> {
  const before = revisions.get(stream) ?? -1;
  const { position } = await store.append(
    stream,
    before < 0 ? 'no_stream' : before,
    events.map(({ type, data }) => ({
      id: v4(),
      type,
      data: data as unknown as Json,
      metadata: {
        commandId: v4(),
        correlationId: 'correlation',
        actor: { kind: 'system', component: 'spec', verified: true },
        recordedAt: new Date().toISOString(),
      },
    })),
  );
  revisions.set(stream, before + events.length);
  for await (const event of store.readStream(stream, { from: before + 1 }))
    await bus.publish(gatewayProjection(cloudEvent)(event));
  return position;
}

const specApplied = (cluster_id: string, interval = 5): ClusterEvent => ({
  type: 'cluster.ClusterSpecApplied.v1',
  data: {
    synthetic: false,
    spec: {
      ns_id: NS,
      cluster_id,
      active: true,
      interval,
      platform: { ns_id: null, name: 'local' },
      declaration: {
        active: true,
        approval: 'granted',
        definition: null,
        graces: { expand: 2, init: 5, scale_up: 5 },
        timings_seconds: { expand: null, init: null, scale_up: null, stable_after: null },
        initialise: { mode: 'Auto', action_args: null, search: null },
        expand: { mode: 'Auto', target_member: null },
      },
    },
  },
});
const discovered = (cluster_id: string, nodes: readonly string[]): ClusterEvent => ({
  type: 'cluster.DiscoveryRecorded.v1',
  data: {
    before: null,
    platform: { ns_id: null, name: 'local' },
    discovery: {
      ns_id: NS,
      cluster_id,
      nodes: nodes.map(node_id => ({
        node_id,
        agent_address: `http://127.0.0.1/${node_id}`,
        node_class: 'small',
        node_group: 'main',
      })),
    },
  },
});
const nodeChanged = (cluster_id: string, node_id: string, node_status: NodeStatus): ClusterEvent => ({
  type: 'cluster.NodeChanged.v1',
  data: {
    node: { ns_id: NS, cluster_id, node_id, details: null, node_status },
    before_status: null,
    quarantine: null,
    error: null,
    observer: 'worker-1',
  },
});
const shardsChanged = (cluster_id: string, node_id: string, role: 'Primary' | 'Secondary'): ClusterEvent => ({
  type: 'cluster.NodeShardsChanged.v1',
  data: {
    ns_id: NS,
    cluster_id,
    node_id,
    shards: ['b', 'a'].map(shard_id => ({
      ns_id: NS,
      cluster_id,
      node_id,
      shard_id,
      commit_offset: { unit: { unit: 'bytes' }, value: 100 },
      fresh: true,
      lag: null,
      role,
    })),
  },
});
const decided = (cluster_id: string, reason: string, spec_revision: number): ClusterEvent => ({
  type: 'cluster.DecisionMade.v1',
  data: {
    decision: {
      ns_id: NS,
      cluster_id,
      rule: 'node-scale-up',
      rule_version: 1,
      subject: 'group:main',
      outcome: 'hold',
      reason,
      message: 'because',
      settled: false,
      spec_revision,
      waits_on: [],
      facts: [{ name: 'group:main.count', value: 3, observer: 'platform:local', age_ms: 250 }],
      alternatives: [{ option: 'provision', reason: 'in grace' }],
      caused: [],
      context_revisions: { namespace: 0, platform: null },
      cycle_id: 'cycle',
    },
  },
});
const sampleOf = (cluster_id: string, changes: Partial<CycleSample> = {}): CycleSample => ({
  ns_id: NS,
  cluster_id,
  cycle_id: v4(),
  mode: 'sync',
  began_at: new Date().toISOString(),
  completed_at: new Date().toISOString(),
  interval_seconds: 5,
  revision: revisions.get(clusterStream(NS, cluster_id)) ?? 0,
  spec_revision: 0,
  converged: true,
  waits_for: [],
  observer: 'worker-2',
  lease: { epoch: 1, token: 7, holder: 'session-1' },
  nodes: [],
  ...changes,
});

interface Answer {
  readonly status: number;
  readonly data: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly string[];
    readonly extensions: {
      readonly code: string;
      readonly violations?: readonly { readonly field: string }[];
    };
  }[];
}
async function ask(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  const response = await fetch(`http://${service.addresses.http}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
}
const refusal = async (query: string, variables: Record<string, unknown> = {}) => {
  const { errors = [] } = await ask(query, variables);
  return { code: errors[0]?.extensions.code, fields: errors[0]?.extensions.violations?.map(v => v.field) };
};

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = { connectionString: postgres.url, applicationName: 'spec', maxConnections: 3 };
  control = await openControl(database);
  await followedGenerations(control);
  rows = await openGeneration(database, 1);
  projecting = new Subscription({
    name: subscriptionOf(1),
    source: store,
    project: readModelsProjection(upstreamCode),
    foldKey: rowChangeKey,
    sink: readModelsSink(rows, subscriptionOf(1)),
    rebuilding: true,
    onCaughtUp: () => activateGeneration(control, 1),
  }).run(stop.signal);
  service = await startQuery({
    environment: {
      DATABASE_URL: postgres.url,
      HTTP_PORT: '0',
      LOG_LEVEL: 'fatal',
      INSTANCE_NAME: 'query-test',
    },
    ports: { eventStore: store, eventBus: bus, coordinator, taskQueue, close: () => Promise.resolve() },
  });
  await eventually(async () => (await service.probes.readiness()).ready, { within: 10_000 });
});
afterAll(async () => {
  await service.stop();
  stop.abort();
  await projecting;
  await rows.destroy();
  await control.destroy();
  await postgres.stop();
});

describe('the query service', () => {
  it('reads one’s own write by the position that the command answered', async () => {
    const cluster = clusterStream(NS, 'own-write');
    const position = await append(cluster, [specApplied('own-write'), discovered('own-write', ['n1', 'n2'])]);
    const { data, errors } = await ask(
      `query ($at: AtPosition) { cluster(nsId: "default", clusterId: "own-write", at: $at) {
        mark specRevision revision interval active platform { nsId name } evaluated lastCycle { ageSeconds }
        convergence { converged waitsFor } discovery { nodes { nodeId } }
        nodes { nodes { nodeId status presence group agentAddress shards { nodes { shardId } } } pageInfo { hasNextPage } }
      } }`,
      { at: { position } },
    );
    expect(errors).toBeUndefined();
    expect(data?.['cluster']).toMatchObject({
      mark: 'DECLARED',
      specRevision: 0,
      revision: 1,
      interval: 5,
      active: true,
      platform: { nsId: 'default', name: 'local' },
      evaluated: false,
      lastCycle: null,
      convergence: { converged: false, waitsFor: ['no cycle has completed yet'] },
      nodes: {
        nodes: [
          { nodeId: 'n1', status: 'NOT_OBSERVED', presence: 'PRESENT', group: 'main' },
          { nodeId: 'n2', status: 'NOT_OBSERVED', presence: 'PRESENT', group: 'main' },
        ],
      },
    });
  });

  it('says that a position was not reached, and refuses what is none', async () => {
    const head = await append(clusterStream(NS, 'positions'), [specApplied('positions')]);
    const query = 'query ($at: AtPosition) { namespaces(at: $at) { nodes { id } } }';
    const beyond = { position: `9${head.slice(1)}`, timeoutMs: 50 };
    expect((await refusal(query, { at: beyond })).code).toBe('POSITION_NOT_REACHED');
    expect(await refusal(query, { at: { position: 'yesterday' } })).toEqual({
      code: 'POSITION_INVALID',
      fields: ['at.position'],
    });
    expect(await refusal(query, { at: { position: head, timeoutMs: 60_000 } })).toEqual({
      code: 'INVALID_REQUEST',
      fields: ['at.timeoutMs'],
    });
  });

  it('calls a cluster converged only while its last cycle is young, said so, and began with the present spec', async () => {
    const name = 'convergence';
    const stream = clusterStream(NS, name);
    await append(stream, [specApplied(name)]);
    const ask1 = async () => {
      const { data } = await ask(
        `{ cluster(nsId: "default", clusterId: "${name}") { evaluated
           lastCycle { evaluated leaseHolder staleAfterSeconds observer lease { token } }
           convergence { converged observedSpecRevision waitsFor } } }`,
      );
      return data?.['cluster'] as {
        evaluated: boolean;
        convergence: { converged: boolean; waitsFor: string[] };
      };
    };
    await eventually(async () => (await ask1()) !== null, { within: 5_000 });

    await putSamples(rows, [sampleOf(name)]);
    expect(await ask1()).toMatchObject({
      evaluated: true,
      lastCycle: { evaluated: true, leaseHolder: 'session-1', staleAfterSeconds: 10, lease: { token: '7' } },
      convergence: { converged: true, observedSpecRevision: 0, waitsFor: [] },
    });
    await putSamples(rows, [sampleOf(name, { converged: false, waits_for: ['a primary'] })]);
    expect((await ask1()).convergence).toMatchObject({ converged: false, waitsFor: ['a primary'] });
    const old = new Date(Date.now() - 11_000).toISOString();
    await putSamples(rows, [sampleOf(name, { completed_at: old })]);
    expect(await ask1()).toMatchObject({
      evaluated: false,
      convergence: { converged: false, waitsFor: [`not evaluated since ${old}`] },
    });
    await putSamples(rows, [sampleOf(name)]);
    await append(stream, [specApplied(name, 6)]);
    await eventually(async () => !(await ask1()).convergence.converged, { within: 5_000 });
    expect((await ask1()).convergence.waitsFor[0]).toContain('spec revision 1');
  });

  it('shows nodes with what agents and samples say, each with its age', async () => {
    const name = 'nodes';
    const position = await append(clusterStream(NS, name), [
      specApplied(name),
      discovered(name, ['n1', 'n2']),
      nodeChanged(name, 'n1', 'HEALTHY'),
      nodeChanged(name, 'n2', { UNKNOWN: 'DREAMING' }),
      shardsChanged(name, 'n1', 'Primary'),
      {
        type: 'cluster.NodeAbsenceCounted.v1',
        data: { ns_id: NS, cluster_id: name, node_id: 'n2', absences: 1, since: '2026-01-01T00:00:00.000Z' },
      },
    ]);
    const observed_at = new Date().toISOString();
    await putSamples(rows, [
      sampleOf(name, {
        nodes: [
          {
            node_id: 'n1',
            node_status: 'HEALTHY',
            observed_at,
            shards: [
              {
                shard_id: 'a',
                commit_offset: { unit: { unit: 'bytes' }, value: 900 },
                lag: { unit: 'seconds', value: 2 },
              },
            ],
            volatile: { load: 0.5 },
          },
        ],
      }),
    ]);
    const { data } = await ask(
      `query ($at: AtPosition) { cluster(nsId: "default", clusterId: "nodes", at: $at) {
        counts { nodes healthy primaries secondaries missingFromPlatform }
        nodes { nodes { nodeId status unknownStatus presence observer observedAt volatileAttributes
          shards(first: 1) { nodes { shardId role commitOffset { value unit } lag { value unit } } pageInfo { hasNextPage endCursor } } } } } }`,
      { at: { position } },
    );
    expect(data?.['cluster']).toMatchObject({
      counts: { nodes: 2, healthy: 1, primaries: 1, secondaries: 0, missingFromPlatform: 1 },
      nodes: {
        nodes: [
          {
            nodeId: 'n1',
            status: 'HEALTHY',
            observer: 'worker-2',
            volatileAttributes: { load: 0.5 },
            shards: {
              nodes: [
                {
                  shardId: 'a',
                  role: 'PRIMARY',
                  commitOffset: { value: 900, unit: 'bytes' },
                  lag: { value: 2, unit: 'seconds' },
                },
              ],
              pageInfo: { hasNextPage: true },
            },
          },
          {
            nodeId: 'n2',
            status: 'UNKNOWN',
            unknownStatus: 'DREAMING',
            presence: 'MISSING_FROM_PLATFORM',
            observer: 'worker-1',
          },
        ],
      },
    });
  });

  it('pages through a list without a gap or a repeat', async () => {
    const name = 'pages';
    const ids = Array.from({ length: 7 }, (_, n) => `n${n}`);
    const position = await append(clusterStream(NS, name), [specApplied(name), discovered(name, ids)]);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data, errors }: Answer = await ask(
        `query ($after: String, $at: AtPosition) { nodes(nsId: "default", clusterId: "pages", first: 3, after: $after, at: $at) {
          edges { cursor node { nodeId } } pageInfo { hasNextPage endCursor } } }`,
        { after, at: { position } },
      );
      expect(errors).toBeUndefined();
      const page = data?.['nodes'] as {
        edges: { node: { nodeId: string } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      seen.push(...page.edges.map(e => e.node.nodeId));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(ids);
  });

  it('tells the latest decision apart from the history, and when it was last evaluated', async () => {
    const name = 'decisions';
    const position = await append(clusterStream(NS, name), [
      specApplied(name),
      decided(name, 'IN_GRACE', 0),
      decided(name, 'AT_DESIRED_COUNT', 0),
    ]);
    const completed_at = new Date(Date.now() - 1_000).toISOString();
    await putSamples(rows, [sampleOf(name, { completed_at })]);
    const { data } = await ask(
      `query ($at: AtPosition) {
        decisions(nsId: "default", clusterId: "decisions", at: $at) { nodes { reason latest lastEvaluatedAt facts { name ageMsThen } alternatives { option } } }
        decisionHistory(nsId: "default", clusterId: "decisions", at: $at) { nodes { reason latest lastEvaluatedAt } } }`,
      { at: { position } },
    );
    expect(data?.['decisions']).toEqual({
      nodes: [
        {
          reason: 'AT_DESIRED_COUNT',
          latest: true,
          lastEvaluatedAt: completed_at,
          facts: [{ name: 'group:main.count', ageMsThen: 250 }],
          alternatives: [{ option: 'provision' }],
        },
      ],
    });
    expect(data?.['decisionHistory']).toMatchObject({
      nodes: [
        { reason: 'AT_DESIRED_COUNT', latest: true },
        { reason: 'IN_GRACE', latest: false, lastEvaluatedAt: null },
      ],
    });
  });

  it('lists events with upstream’s code, filtered and from either end', async () => {
    const name = 'events';
    const position = await append(clusterStream(NS, name), [
      specApplied(name),
      nodeChanged(name, 'n1', 'HEALTHY'),
      { type: 'cluster.CycleRequested.v1', data: { ns_id: NS, cluster_id: name } },
    ]);
    const { data } = await ask(
      `query ($at: AtPosition) {
        forward: events(filter: { nsId: "default", clusterId: "events" }, at: $at) { nodes { revision code } }
        back: events(filter: { nsId: "default", clusterId: "events" }, newestFirst: true, first: 1, at: $at) { nodes { type position } }
        some: events(filter: { codes: ["NODE_SYNC_NEW"], clusterId: "events" }, at: $at) { nodes { data } } }`,
      { at: { position } },
    );
    expect(data?.['forward']).toEqual({
      nodes: [
        { revision: 0, code: 'CLUSTER_SPEC_APPLY' },
        { revision: 1, code: 'NODE_SYNC_NEW' },
        { revision: 2, code: null },
      ],
    });
    expect(data?.['back']).toEqual({ nodes: [{ type: 'cluster.CycleRequested.v1', position }] });
    expect((data?.['some'] as { nodes: unknown[] }).nodes).toHaveLength(1);
  });

  it('reads namespaces and what is below them', async () => {
    const position = await append(namespaceStream(NS), [
      {
        type: 'namespace.NamespaceApplied.v1',
        data: {
          namespace: {
            id: NS,
            status: 'Active',
            tls: { ca_bundle: null },
            settings: { orchestrate: { max_naction_schedule_attempts: 10 } },
            agents: { token: { fromEnv: 'TOKEN' } },
          },
        },
      },
    ]);
    const { data, errors } = await ask(
      `query ($at: AtPosition) { namespace(id: "default", at: $at) { id status document clusters(first: 2) { nodes { clusterId nodes { nodes { nodeId } } } } platforms { nodes { name } } } }`,
      { at: { position } },
    );
    expect(errors).toBeUndefined();
    expect(data?.['namespace']).toMatchObject({ id: NS, status: 'Active', platforms: { nodes: [] } });
    expect((data?.['namespace'] as { clusters: { nodes: unknown[] } }).clusters.nodes).toHaveLength(2);
    expect(
      (await ask('{ namespace(id: "nobody") { id } platform(nsId: "default", name: "none") { name } }')).data,
    ).toEqual({
      namespace: null,
      platform: null,
    });
  });

  it.each([
    ['a page beyond the cap', '{ namespaces(first: 201) { nodes { id } } }', 'INVALID_REQUEST', ['first']],
    ['an empty page', '{ namespaces(first: 0) { nodes { id } } }', 'INVALID_REQUEST', ['first']],
    ['a made-up cursor', '{ namespaces(after: "x") { nodes { id } } }', 'CURSOR_INVALID', ['after']],
    [
      'an id that cannot be one',
      '{ cluster(nsId: "a:b", clusterId: "pg") { clusterId } }',
      'INVALID_REQUEST',
      ['nsId'],
    ],
    [
      'NUL in a text',
      '{ node(nsId: "a", clusterId: "b", nodeId: "\\u0000") { nodeId } }',
      'INVALID_REQUEST',
      ['nodeId'],
    ],
    [
      'NUL in a filter',
      '{ actions(filter: { kind: "\\u0000" }) { nodes { kind } } }',
      'INVALID_REQUEST',
      ['filter.kind'],
    ],
    ['a field that is not there', '{ namespaces { nodes { nope } } }', 'INVALID_REQUEST', undefined],
    ['a missing argument', '{ cluster(nsId: "a") { clusterId } }', 'INVALID_REQUEST', undefined],
    ['what is not GraphQL', '{', 'INVALID_REQUEST', undefined],
  ])('refuses %s by code and field', async (_, query, code, fields) => {
    expect(await refusal(query)).toEqual({ code, fields });
  });

  it('refuses a cursor of another list, and one with the right list and wrong values', async () => {
    const forge = (...values: string[]) => Buffer.from(JSON.stringify(values)).toString('base64url');
    const query = 'query ($after: String) { actions(after: $after) { nodes { kind } } }';
    expect((await refusal(query, { after: forge('namespaces', 'a') })).code).toBe('CURSOR_INVALID');
    expect((await refusal(query, { after: forge('actions', 'no time', 'a', 'b', 'c') })).code).toBe(
      'CURSOR_INVALID',
    );
  });

  it('refuses what asks for too much, before it reads', async () => {
    const wide =
      '{ clusters(first: 200) { nodes { nodes(first: 200) { nodes { actions { nodes { kind } } } } } } }';
    const spread = Array.from(
      { length: 30 },
      (_, n) =>
        `fragment f${n} on Query { ...f${n + 1} a${n}: status { head } b${n}: status { head } ...f${n + 1} }`,
    ).join(' ');
    const bomb = `{ ...f0 } ${spread} fragment f30 on Query { clusters(first: 200) { nodes { clusterId } } }`;
    expect((await refusal(wide)).code).toBe('QUERY_TOO_COMPLEX');
    const variable =
      'query ($n: Int) { clusters(first: $n) { nodes { nodes(first: $n) { nodes { actions { nodes { kind } } } } } } }';
    expect((await refusal(variable, { n: 200 })).code).toBe('QUERY_TOO_COMPLEX');
    expect((await refusal(bomb)).code).toBe('QUERY_TOO_COMPLEX');
    expect((await ask(variable, { n: 2 })).errors).toBeUndefined();
    // Compiled by now: the limits hold for cached queries as well.
    for (let n = 0; n < 4; n += 1)
      expect((await refusal(variable, { n: 200 })).code).toBe('QUERY_TOO_COMPLEX');
  });

  it('answers no batch, and names what is wrong with a body that is not JSON', async () => {
    const post = (body: string) =>
      fetch(`http://${service.addresses.http}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    expect((await post('[{"query":"{ status { head } }"}]')).status).toBe(400);
    const malformed = await post('{');
    expect(malformed.status).toBe(400);
    expect(await malformed.text()).toContain('INVALID_REQUEST');
  });

  it('tells how the suite does', async () => {
    const session = await coordinator.openSession({ name: 'projection-1', ttlMs: 10_000 });
    const lease = await session.acquire(`subscription:${subscriptionOf(1)}`);
    await session.join('services', { service: 'projection', instance: 'projection-1' });
    const head = await store.head();
    const { data, errors } = await ask(
      `{ status { head readModel { name state position lag deadLetters } leases { key holderName token }
         members { service name } queue { depth ended { executed deadLettered } } } }`,
    );
    await session.close();
    expect(errors).toBeUndefined();
    expect(data?.['status']).toEqual({
      head,
      readModel: { name: 'read-models-v1', state: 'running', position: head, lag: 0, deadLetters: 0 },
      leases: [
        { key: 'subscription:read-models-v1', holderName: 'projection-1', token: String(lease?.token) },
      ],
      members: [{ service: 'projection', name: 'projection-1' }],
      queue: { depth: 0, ended: { executed: 0, deadLettered: 0 } },
    });
    const after = await ask('{ status { readModel { state } } }');
    expect(after.data?.['status']).toEqual({ readModel: { state: 'not_running' } });
  });

  it('serves its probes on its own port', async () => {
    const get = (path: string) => fetch(`http://${service.addresses.http}${path}`);
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/metrics')).status).toBe(200);
    expect((await get('/services/command/livez')).status).toBe(404);
  });

  it('answers the introspection that tools ask for', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    expect((await ask(getIntrospectionQuery())).errors).toBeUndefined();
  });
});

describe('live, over graphql-transport-ws', () => {
  /** One connection with one subscription; what it was sent stands in `values`. */
  async function subscribe(query: string) {
    const values: Record<string, unknown>[] = [];
    const errors: unknown[] = [];
    const socket = new WebSocket(`ws://${service.addresses.http}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('message', (raw: Buffer) => {
      const message = JSON.parse(raw.toString()) as {
        type: string;
        payload: { data: Record<string, unknown>; errors?: unknown };
      };
      if (message.type === 'connection_ack')
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      if (message.type === 'next' && message.payload.data) values.push(message.payload.data);
      if (message.type === 'error' || message.payload?.errors) errors.push(message.payload);
    });
    socket.send(JSON.stringify({ type: 'connection_init' }));
    const close = () =>
      new Promise(resolve => {
        socket.once('close', resolve);
        socket.close();
      });
    return { values, errors, close };
  }
  const revisionsOf = (values: readonly Record<string, unknown>[]) =>
    values.map(v => (v['clusterEvents'] as { revision: number }).revision);

  it('sends every event of a cluster in order and without a gap, over a reconnect too', async () => {
    const name = 'live';
    const stream = clusterStream(NS, name);
    await append(stream, [specApplied(name), discovered(name, ['n1'])]);
    const query = (after: number) =>
      `subscription { clusterEvents(nsId: "default", clusterId: "${name}", afterRevision: ${after}) { revision type } }`;
    const first = await subscribe(query(-1));
    await eventually(() => first.values.length >= 2, { within: 5_000 });
    for (let n = 0; n < 10; n += 1) await append(stream, [nodeChanged(name, `n${n}`, 'HEALTHY')]);
    await eventually(() => first.values.length >= 12, { within: 5_000 });
    await first.close();
    await append(
      stream,
      Array.from({ length: 250 }, (_, n) => nodeChanged(name, `m${n}`, 'HEALTHY')).slice(0, 200),
    );
    const second = await subscribe(query(11));
    await append(stream, [nodeChanged(name, 'last', 'UNHEALTHY')]);
    await eventually(() => second.values.length >= 201, { within: 10_000 });
    await second.close();
    expect(first.errors).toEqual([]);
    expect([...revisionsOf(first.values), ...revisionsOf(second.values)]).toEqual(
      Array.from({ length: 213 }, (_, n) => n),
    );
  });

  it('starts with what happens from now on when no revision is given', async () => {
    const name = 'from-now';
    const stream = clusterStream(NS, name);
    const position = await append(stream, [specApplied(name)]);
    await ask('query ($at: AtPosition) { namespaces(at: $at) { nodes { id } } }', { at: { position } });
    const live = await subscribe(
      `subscription { clusterEvents(nsId: "default", clusterId: "${name}") { revision } }`,
    );
    let node = 0;
    await eventually(
      async () => {
        await append(stream, [nodeChanged(name, `n${(node += 1)}`, 'HEALTHY')]);
        return live.values.length > 0;
      },
      { within: 5_000 },
    );
    await live.close();
    const seen = revisionsOf(live.values);
    expect(seen[0]).toBeGreaterThan(0);
    expect(seen).toEqual(seen.map((_, n) => (seen[0] ?? 0) + n));
  });

  it('says that a cluster changed when an event or a sample arrived', async () => {
    const name = 'changed';
    const stream = clusterStream(NS, name);
    const position = await append(stream, [specApplied(name)]);
    await ask('query ($at: AtPosition) { namespaces(at: $at) { nodes { id } } }', { at: { position } });
    const live = await subscribe(
      `subscription { clusterChanged(nsId: "default", clusterId: "${name}") { revision cycleId cluster { evaluated nodes { nodes { nodeId } } } } }`,
    );
    const last = () =>
      live.values.at(-1)?.['clusterChanged'] as { revision: number; cycleId: string } | undefined;
    await eventually(
      async () => {
        await append(stream, [discovered(name, ['n1'])]);
        return last() !== undefined;
      },
      { within: 5_000, every: 150 },
    );
    const sample = sampleOf(name);
    await putSamples(rows, [sample]);
    await bus.publish([
      { topic: TOPICS.samples, key: `${NS}:${name}`, value: JSON.stringify(sampleCloudEvent(sample)) },
    ]);
    await eventually(() => last()?.cycleId === sample.cycle_id, { within: 5_000 });
    expect(live.values.at(-1)).toMatchObject({
      clusterChanged: { cluster: { evaluated: true, nodes: { nodes: [{ nodeId: 'n1' }] } } },
    });
    await live.close();
    expect(live.errors).toEqual([]);
  });

  it('refuses a wrong argument with a code', async () => {
    const live = await subscribe('subscription { clusterEvents(nsId: "a:b", clusterId: "x") { id } }');
    await eventually(() => live.errors.length > 0, { within: 5_000 });
    await live.close();
    expect(JSON.stringify(live.errors)).toContain('INVALID_REQUEST');
  });
});
