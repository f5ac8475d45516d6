import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterStream } from '@replicante/kernel';
import { putSamples } from '@replicante/read-models';
import { eventually } from '@replicante/testing';
import { sampleCloudEvent, TOPICS } from '@replicante/contracts';
import WebSocket from 'ws';
import { discovered, nodeChanged, NS, sampleOf, specApplied } from './fixtures/cluster-events.js';
import { QuerySuite } from './fixtures/query-suite.fixture.js';

let suite: QuerySuite;
beforeAll(async () => {
  suite = await QuerySuite.start();
});
afterAll(() => suite?.stop());

describe('live, over graphql-transport-ws', () => {
  /** One connection with one subscription; what it was sent stands in `values`. */
  async function subscribe(query: string) {
    const values: Record<string, unknown>[] = [];
    const errors: unknown[] = [];
    const socket = new WebSocket(suite.url('/graphql', 'ws'), 'graphql-transport-ws');
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
    await suite.append(stream, [specApplied(name), discovered(name, ['n1'])]);
    const query = (after: number) =>
      `subscription { clusterEvents(nsId: "default", clusterId: "${name}", afterRevision: ${after}) { revision type } }`;
    const first = await subscribe(query(-1));
    await eventually(() => first.values.length >= 2, { within: 5_000 });
    for (let n = 0; n < 10; n += 1) await suite.append(stream, [nodeChanged(name, `n${n}`, 'HEALTHY')]);
    await eventually(() => first.values.length >= 12, { within: 5_000 });
    await first.close();
    await suite.append(
      stream,
      Array.from({ length: 250 }, (_, n) => nodeChanged(name, `m${n}`, 'HEALTHY')).slice(0, 200),
    );
    const second = await subscribe(query(11));
    await suite.append(stream, [nodeChanged(name, 'last', 'UNHEALTHY')]);
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
    const position = await suite.append(stream, [specApplied(name)]);
    await suite.ask('query ($at: AtPosition) { namespaces(at: $at) { nodes { id } } }', { at: { position } });
    const live = await subscribe(
      `subscription { clusterEvents(nsId: "default", clusterId: "${name}") { revision } }`,
    );
    let node = 0;
    await eventually(
      async () => {
        await suite.append(stream, [nodeChanged(name, `n${(node += 1)}`, 'HEALTHY')]);
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
    const position = await suite.append(stream, [specApplied(name)]);
    await suite.ask('query ($at: AtPosition) { namespaces(at: $at) { nodes { id } } }', { at: { position } });
    const live = await subscribe(
      `subscription { clusterChanged(nsId: "default", clusterId: "${name}") { revision cycleId cluster { evaluated nodes { nodes { nodeId } } } } }`,
    );
    const last = () =>
      live.values.at(-1)?.['clusterChanged'] as { revision: number; cycleId: string } | undefined;
    await eventually(
      async () => {
        await suite.append(stream, [discovered(name, ['n1'])]);
        return last() !== undefined;
      },
      { within: 5_000, every: 150 },
    );
    const sample = sampleOf(name);
    await putSamples(suite.rows, [sample]);
    await suite.ports.eventBus.publish([
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

  // Last: from here on the suite's clock stands corrected.
  it('tells ages by the clock that facts are recorded by when its own is behind, and is not ready', async () => {
    const name = 'by-a-clock-ahead';
    await suite.append(clusterStream(NS, name), [specApplied(name)]);
    const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    const [old, newer] = [4, 5].map(minutes => sampleOf(name, { completed_at: inMinutes(minutes) }));
    await putSamples(suite.rows, [old!]);
    const evaluated = async () => {
      const { data } = await suite.ask(`{ cluster(nsId: "default", clusterId: "${name}") { evaluated } }`);
      return (data?.['cluster'] as { evaluated: boolean } | null)?.evaluated;
    };
    await eventually(evaluated, { within: 5_000, what: 'a fact of the own clock’s future taken for new' });
    await suite.ports.eventBus.publish([
      { topic: TOPICS.samples, key: `${NS}:other`, value: JSON.stringify(sampleCloudEvent(newer!)) },
    ]);
    await eventually(async () => (await evaluated()) === false, { within: 5_000 });
    const { ready, checks } = await suite.service.probes.readiness();
    expect(ready).toBe(false);
    expect(JSON.stringify(checks)).toContain('behind the newest record heard of');
  });
});
