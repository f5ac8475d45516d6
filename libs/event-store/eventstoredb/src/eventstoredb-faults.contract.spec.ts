import { BACKWARDS, binaryEvent, END, EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpLink } from '@replicante/event-store-contract';
import type { EventStore, NewEvent, StoredEvent } from '@replicante/event-store';
import { eventually, startTestEventStoreDb, type TestEventStoreDb } from '@replicante/testing';
import { randomUUID } from 'node:crypto';
import { open, ready, through } from './double.fixture.js';
import { openEventStoreDbEventStore } from './index.js';

const event = (text = '', type = 'suite.Happened.v1'): NewEvent => ({
  id: randomUUID(),
  type,
  data: { text },
  metadata: {
    commandId: randomUUID(),
    correlationId: randomUUID(),
    actor: { kind: 'system', component: 'suite', verified: true },
    recordedAt: '2026-01-02T03:04:05.678Z',
  },
});

async function all(store: EventStore, streamId: string): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  for await (const one of store.readStream(streamId)) found.push(one);
  return found;
}

/** What only EventStoreDB does, met through the adapter; the client beside it plays everybody else. */
describe('an EventStoreDB that others use too', () => {
  let server: TestEventStoreDb;
  let client: EventStoreDBClient;
  let store: EventStore;
  const told: string[] = [];
  beforeAll(async () => {
    server = await startTestEventStoreDb({ notReadyMs: 100 });
    await ready(server.url);
    client = EventStoreDBClient.connectionString(server.url);
    const onError = (error: unknown) => void told.push(String(error));
    store = await openEventStoreDbEventStore({ connectionString: server.url, timeoutMs: 2_000, onError });
  });
  afterAll(async () => {
    await store.close();
    await client.dispose();
    await server.stop();
  });

  it('gives foreign events to readers in a shape that they can read, and tells of each type once', async () => {
    const stream = `foreign-${randomUUID()}`;
    const bytes = {
      type: 'BytesCame',
      data: Uint8Array.from([0xff, 0, 1]),
      metadata: Uint8Array.from([0xfe]),
    };
    await client.appendToStream(stream, [
      binaryEvent(bytes),
      binaryEvent(bytes),
      jsonEvent({ type: 'JsonCame', data: { a: 1 }, metadata: { lease: 'mine' } }),
    ]);
    const found = await all(store, stream);
    expect(found.map(one => [one.type, one.data, one.metadata.actor])).toEqual([
      ['BytesCame', null, { kind: 'anonymous', verified: false }],
      ['BytesCame', null, { kind: 'anonymous', verified: false }],
      ['JsonCame', { a: 1 }, { kind: 'anonymous', verified: false }],
    ]);
    expect(told.filter(text => text.includes('BytesCame'))).toHaveLength(1);
    expect((await store.readAll({ limit: 10 })).events).toHaveLength(3);
  });

  it('shows nothing of the server’s own events, at the head as elsewhere', async () => {
    const before = await store.append(`ours-${randomUUID()}`, 'no_stream', [event()]);
    const links = Array.from({ length: 40 }, () => jsonEvent({ type: '$statsCollected', data: {} }));
    await client.appendToStream('$stats-127.0.0.1:2113', links);
    expect(await store.head()).toBe(before.position);
    expect(await store.countAfter(before.position)).toBe(0);
    expect(await store.readAll({ after: before.position, limit: 10 })).toEqual({
      events: [],
      position: before.position,
      atHead: true,
    });
    const next = await store.append(`ours-${randomUUID()}`, 'no_stream', [event()]);
    expect(await store.head()).toBe(next.position);
    const page = await store.readAll({ after: before.position, limit: 10 });
    expect([page.events.length, page.position]).toEqual([1, next.position]);
  });

  it('takes appends to a deleted stream, whose revisions go on, but not to one deleted for ever', async () => {
    const [soft, hard] = [`soft-${randomUUID()}`, `hard-${randomUUID()}`];
    for (const stream of [soft, hard]) await store.append(stream, 'no_stream', [event(), event(), event()]);
    await client.deleteStream(soft);
    await client.tombstoneStream(hard);
    expect(await all(store, soft)).toEqual([]);
    expect(await store.streamRevision(soft)).toBeUndefined();
    expect((await store.append(soft, 'no_stream', [event()])).revision).toBe(3);
    await expect(store.append(hard, 2, [event()])).rejects.toMatchObject({ code: 'STREAM_DELETED' });
    await expect(all(store, hard)).rejects.toMatchObject({ code: 'STREAM_DELETED' });
  });

  it('counts event types against its limit, which is told before the wire', async () => {
    const type = `suite.${'T'.repeat(500)}`;
    const many = Array.from({ length: 1_100 }, () => event('', type));
    await expect(store.append(`large-${randomUUID()}`, 'no_stream', many)).rejects.toMatchObject({
      code: 'APPEND_TOO_LARGE',
    });
  });

  it('keeps the store’s identity where no reader meets it, whoever else writes there', async () => {
    const identity = await store.storeIdentity();
    const before = await store.head();
    await client.setStreamMetadata('replicante-store', { $maxAge: 10, 'replicante.storeIdentity': identity });
    expect(await store.storeIdentity()).toBe(identity);
    expect(await store.head()).toBe(before);
    // Overwritten: the store counts as another one from here on, and what others wrote stays.
    await client.setStreamMetadata('replicante-store', { owner: 'somebody' });
    expect(await store.storeIdentity()).not.toBe(identity);
    const metadata = await client.getStreamMetadata('replicante-store');
    expect(metadata.metadata).toMatchObject({ owner: 'somebody' });
  });

  it('is opened as a cluster of one too, and not at all with a wrong address', async () => {
    const cluster = await open(server.url.replace('esdb://', 'esdb+discover://'));
    expect(await cluster.head()).toBe(await store.head());
    await cluster.close();
    await expect(open('esdb://127.0.0.1:1?tls=false')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const secret = open('esdb//admin:hunter2@nowhere');
    await expect(secret).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(secret).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
  });

  it('goes on after a cut of the line under many appends: one process, several clients', async () => {
    const link = await TcpLink.to({ host: '127.0.0.1', port: server.port });
    const behind = await open(through(server.url, link));
    const cut = Array.from({ length: 50 }, () =>
      behind.append(`cut-${randomUUID()}`, 'no_stream', [event()]),
    );
    const others = Array.from({ length: 50 }, () =>
      store.append(`kept-${randomUUID()}`, 'no_stream', [event()]),
    );
    link.cut();
    expect(await Promise.all(others)).toHaveLength(50);
    for (const outcome of await Promise.allSettled(cut))
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          code: expect.stringMatching(/^(OUTCOME_UNKNOWN|UNAVAILABLE)$/),
        });
    await behind.append(`after-${randomUUID()}`, 'no_stream', [event()]);
    await behind.close();
    await link.close();
  });

  it('resumes a subscription whose line was cut, without gap or repeat', async () => {
    const link = await TcpLink.to({ host: '127.0.0.1', port: server.port });
    const resumed: unknown[] = [];
    const behind = await openEventStoreDbEventStore({
      connectionString: through(server.url, link),
      onError: error => void resumed.push(error),
    });
    const stop = new AbortController();
    const prefix = `cut-${randomUUID()}:`;
    const seen: string[] = [];
    let outcome: unknown;
    const run = async () => {
      for await (const batch of behind.subscribeAll({ streamPrefixes: [prefix], signal: stop.signal }))
        seen.push(...batch.events.map(one => one.id));
    };
    const running = run().catch((error: unknown) => {
      outcome = error;
    });
    const written: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const one = event();
      await store.append(`${prefix}${round}`, 'no_stream', [one]);
      written.push(one.id);
      await eventually(() => seen.length === written.length, { within: 5_000 });
      link.cut();
    }
    expect(outcome).toBeUndefined();
    expect(seen).toEqual(written);
    expect(resumed.length).toBeGreaterThan(0);
    stop.abort();
    await running;
    await behind.close();
    await link.close();
  });

  it('is not ready for a while after its start, which is no reason to give up', async () => {
    const slow = await startTestEventStoreDb({ notReadyMs: 1_000 });
    await expect(open(slow.url)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await ready(slow.url);
    const opened = await open(slow.url);
    await slow.restart();
    const early = opened.append(`early-${randomUUID()}`, 'no_stream', [event()]);
    await expect(early).rejects.toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|OUTCOME_UNKNOWN/) });
    await eventually(() => opened.append(`late-${randomUUID()}`, 'no_stream', [event()]), { within: 10_000 });
    await opened.close();
    await slow.stop();
  });
});

/** The double against the client that it was made for: the facts that were measured on the real server. */
describe('the double, as the client sees it', () => {
  let server: TestEventStoreDb;
  let client: EventStoreDBClient;
  beforeAll(async () => {
    server = await startTestEventStoreDb({ notReadyMs: 0 });
    client = EventStoreDBClient.connectionString(server.url);
  });
  afterAll(async () => {
    await client.dispose();
    await server.stop();
  });
  const json = (id: string = randomUUID()) => jsonEvent({ id, type: 'Happened', data: { a: 1 } });

  it('answers a first append, and its repeat after later ones, with the same revision', async () => {
    const batch = [json(), json()];
    const first = await client.appendToStream('s-1', batch, { expectedRevision: NO_STREAM });
    expect(first).toMatchObject({ success: true, nextExpectedRevision: 1n });
    await client.appendToStream('s-1', json(), { expectedRevision: 1n });
    const again = await client.appendToStream('s-1', batch, { expectedRevision: NO_STREAM });
    expect(again).toEqual(first);
    expect(await client.appendToStream('s-1', batch)).toEqual(first);
    const alone = await client.appendToStream('s-1', batch.slice(0, 1), { expectedRevision: NO_STREAM });
    expect(alone.nextExpectedRevision).toBe(0n);
    const half = client.appendToStream('s-1', [...batch.slice(0, 1), json()], {
      expectedRevision: NO_STREAM,
    });
    await expect(half).rejects.toMatchObject({
      type: 'wrong-expected-version',
      expectedVersion: 'no_stream',
      actualVersion: 2n,
      streamName: 's-1',
    });
  });

  it('answers an empty append with success, and one that is too large with its limit', async () => {
    expect(await client.appendToStream('s-2', [])).toMatchObject({ success: true, nextExpectedRevision: 0n });
    const large = jsonEvent({ type: 'Large', data: { text: 'x'.repeat(1_200_000) } });
    await expect(client.appendToStream('s-2', large)).rejects.toMatchObject({
      type: 'maximum-append-size-exceeded',
      maxAppendSize: 1_048_576,
    });
  });

  it('deletes softly and for ever', async () => {
    await client.appendToStream('s-3', [json(), json()]);
    await client.deleteStream('s-3');
    const read = async (name: string) => {
      const found: bigint[] = [];
      for await (const { event: one } of client.readStream(name, { direction: BACKWARDS, fromRevision: END }))
        if (one !== undefined) found.push(one.revision);
      return found;
    };
    await expect(read('s-3')).rejects.toMatchObject({ type: 'stream-not-found' });
    const back = await client.appendToStream('s-3', json(), { expectedRevision: NO_STREAM });
    expect(back.nextExpectedRevision).toBe(2n);
    expect(await read('s-3')).toEqual([2n]);
    await client.tombstoneStream('s-3');
    await expect(client.appendToStream('s-3', json())).rejects.toMatchObject({ type: 'stream-deleted' });
    await expect(read('s-3')).rejects.toMatchObject({ type: 'stream-deleted' });
  });

  it('says of itself that it is a fake', () => {
    expect(server.output()).toMatch(/^FAKE EventStoreDB/);
  });
});
