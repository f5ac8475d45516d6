import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterStream, namespaceStream } from '@replicante/kernel';
import { putSamples, subscriptionOf } from '@replicante/read-models';
import { eventually } from '@replicante/testing';
import {
  decided,
  discovered,
  nodeChanged,
  NS,
  sampleOf,
  shardsChanged,
  specApplied,
} from './fixtures/cluster-events.js';
import { QuerySuite, type Answer } from './fixtures/query-suite.fixture.js';
import { startQuery } from './start-query.js';

let suite: QuerySuite;
beforeAll(async () => {
  suite = await QuerySuite.start();
});
afterAll(() => suite?.stop());

describe('the query service', () => {
  it('reads one’s own write by the position that the command answered', async () => {
    const cluster = clusterStream(NS, 'own-write');
    const position = await suite.append(cluster, [
      specApplied('own-write'),
      discovered('own-write', ['n1', 'n2']),
    ]);
    const { data, errors } = await suite.ask(
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
    const head = await suite.append(clusterStream(NS, 'positions'), [specApplied('positions')]);
    const query = 'query ($at: AtPosition) { namespaces(at: $at) { nodes { id } } }';
    const beyond = { position: `9${head.slice(1)}`, timeoutMs: 50 };
    expect((await suite.refusal(query, { at: beyond })).code).toBe('POSITION_NOT_REACHED');
    expect(await suite.refusal(query, { at: { position: 'yesterday' } })).toEqual({
      code: 'POSITION_INVALID',
      fields: ['at.position'],
    });
    expect(await suite.refusal(query, { at: { position: head, timeoutMs: 60_000 } })).toEqual({
      code: 'INVALID_REQUEST',
      fields: ['at.timeoutMs'],
    });
  });

  it('calls a cluster converged only while its last cycle is young, said so, and began with the present spec', async () => {
    const name = 'convergence';
    const stream = clusterStream(NS, name);
    await suite.append(stream, [specApplied(name)]);
    const ask1 = async () => {
      const { data } = await suite.ask(
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

    const at = { revision: 0 };
    await putSamples(suite.rows, [sampleOf(name, at)]);
    expect(await ask1()).toMatchObject({
      evaluated: true,
      lastCycle: { evaluated: true, leaseHolder: 'session-1', staleAfterSeconds: 10, lease: { token: '7' } },
      convergence: { converged: true, observedSpecRevision: 0, waitsFor: [] },
    });
    await putSamples(suite.rows, [sampleOf(name, { ...at, converged: false, waits_for: ['a primary'] })]);
    expect((await ask1()).convergence).toMatchObject({ converged: false, waitsFor: ['a primary'] });
    const old = new Date(Date.now() - 11_000).toISOString();
    await putSamples(suite.rows, [sampleOf(name, { ...at, completed_at: old })]);
    expect(await ask1()).toMatchObject({
      evaluated: false,
      convergence: { converged: false, waitsFor: [`not evaluated since ${old}`] },
    });
    await putSamples(suite.rows, [sampleOf(name, at)]);
    await suite.append(stream, [specApplied(name, 6)]);
    await eventually(async () => !(await ask1()).convergence.converged, { within: 5_000 });
    expect((await ask1()).convergence.waitsFor[0]).toContain('spec revision 1');
    // A sample that overtook the rows is not believed: what stands beside it is still the past.
    await putSamples(suite.rows, [sampleOf(name, { revision: 5, spec_revision: 1 })]);
    expect((await ask1()).convergence).toMatchObject({
      converged: false,
      waitsFor: ['the read model: it shows revision 1, the last cycle ended at 5'],
    });
  });

  it('shows nodes with what agents and samples say, each with its age', async () => {
    const name = 'nodes';
    const position = await suite.append(clusterStream(NS, name), [
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
    await putSamples(suite.rows, [
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
    const { data } = await suite.ask(
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
    const position = await suite.append(clusterStream(NS, name), [specApplied(name), discovered(name, ids)]);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data, errors }: Answer = await suite.ask(
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
    const position = await suite.append(clusterStream(NS, name), [
      specApplied(name),
      decided(name, 'IN_GRACE', 0),
      decided(name, 'AT_DESIRED_COUNT', 0),
    ]);
    const completed_at = new Date(Date.now() - 1_000).toISOString();
    await putSamples(suite.rows, [sampleOf(name, { completed_at })]);
    const { data } = await suite.ask(
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
    const position = await suite.append(clusterStream(NS, name), [
      specApplied(name),
      nodeChanged(name, 'n1', 'HEALTHY'),
      { type: 'cluster.CycleRequested.v1', data: { ns_id: NS, cluster_id: name } },
    ]);
    const { data } = await suite.ask(
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
    const position = await suite.append(namespaceStream(NS), [
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
    const { data, errors } = await suite.ask(
      `query ($at: AtPosition) { namespace(id: "default", at: $at) { id status document clusters(first: 2) { nodes { clusterId nodes { nodes { nodeId } } } } platforms { nodes { name } } } }`,
      { at: { position } },
    );
    expect(errors).toBeUndefined();
    expect(data?.['namespace']).toMatchObject({ id: NS, status: 'Active', platforms: { nodes: [] } });
    expect((data?.['namespace'] as { clusters: { nodes: unknown[] } }).clusters.nodes).toHaveLength(2);
    expect(
      (await suite.ask('{ namespace(id: "nobody") { id } platform(nsId: "default", name: "none") { name } }'))
        .data,
    ).toEqual({
      namespace: null,
      platform: null,
    });
  });

  it('tells how the suite does', async () => {
    const session = await suite.ports.coordinator.openSession({ name: 'projection-1', ttlMs: 10_000 });
    const lease = await session.acquire(`subscription:${subscriptionOf(1)}`);
    await session.join('services', { service: 'projection', instance: 'projection-1' });
    const head = await suite.ports.eventStore.head();
    const { data, errors } = await suite.ask(
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
      members: [
        { service: 'projection', name: 'projection-1' },
        { service: 'query', name: 'query-test' },
      ],
      queue: { depth: 0, ended: { executed: 0, deadLettered: 0 } },
    });
    const after = await suite.ask('{ status { readModel { state } } }');
    expect(after.data?.['status']).toEqual({ readModel: { state: 'not_running' } });
  });

  it('serves its probes on its own port', async () => {
    const get = (path: string) => fetch(suite.url(path));
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/metrics')).status).toBe(200);
    expect((await get('/services/command/livez')).status).toBe(404);
  });

  it('answers the introspection that tools ask for', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    expect((await suite.ask(getIntrospectionQuery())).errors).toBeUndefined();
  });

  it('refuses introspection where GRAPHQL_INTROSPECTION is false', async () => {
    const closed = await startQuery({
      environment: {
        DATABASE_URL: suite.postgres.url,
        HTTP_PORT: '0',
        LOG_LEVEL: 'fatal',
        GRAPHQL_INTROSPECTION: 'false',
      },
      ports: suite.ports,
    });
    const answer = await fetch(`http://${closed.addresses.http}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __schema { types { name } } }' }),
    });
    const { data } = (await answer.json()) as Answer;
    await closed.stop();
    expect(data).toBeNull();
  });
});
