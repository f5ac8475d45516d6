import { describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '@replicante/event-store-memory';
import type { EventStore, StoredEvent } from '@replicante/event-store';
import type { Add } from './counter.fixture.js';
import { commandIdAt, counterHandler, steppingClock } from './counter.fixture.js';
import type { Handling } from './handling.js';
import { CHUNK_BYTES } from './new-events.js';

const STREAM = 'counter-1';
const clock = steppingClock();
const handling = (
  times: number,
  commandId = commandIdAt(clock.at),
  more: Partial<Add['data']> = {},
): Handling<Add> => ({
  streamId: STREAM,
  command: { type: 'Add', data: { name: 'a', times, ...more } },
  metadata: { commandId, correlationId: 'c', actor: { kind: 'system', component: 'test', verified: true } },
});
const read = async (store: EventStore): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for await (const event of store.readStream(STREAM)) events.push(event);
  return events;
};

describe('a command on a stream', () => {
  it('is appended with its ids, causes and record, and answers where it stands', async () => {
    const store = memoryEventStore();
    const sent = handling(3);
    const result = await counterHandler(store, clock).handle(sent);
    const events = await read(store);
    expect(result).toMatchObject({ accepted: true, revision: 2, changed: true, repeated: false });
    expect(result.accepted && result.position).toBe(events[2]?.position);
    expect(result.accepted && result.answer.ids).toEqual(events.map(event => event.id));
    expect(events.map(event => event.metadata.causationId)).toEqual([
      undefined,
      events[0]?.id,
      events[1]?.id,
    ]);
    expect(events.map(event => event.metadata.commandDigest !== undefined)).toEqual([true, false, false]);
    expect(events[0]?.metadata).toMatchObject({ commandType: 'Add', commandId: sent.metadata.commandId });
  });

  it('changes nothing when nothing is asked: the present revision, not remembered', async () => {
    const store = memoryEventStore();
    const handler = counterHandler(store, clock);
    const first = await handler.handle(handling(1));
    const idle = handling(0);
    const once = await handler.handle(idle);
    expect(once).toMatchObject({ accepted: true, changed: false, repeated: false, revision: 0 });
    expect(once.accepted && once.position).toBe(first.accepted && first.position);
    expect(await handler.handle(idle)).toMatchObject({ changed: false, repeated: false });
    expect(await handler.handle(handling(0, idle.metadata.commandId, { name: 'b' }))).toMatchObject({
      accepted: true,
    });
  });

  it('gets the first answer when repeated, after whatever came in between, from any process', async () => {
    const store = memoryEventStore();
    const sent = handling(2);
    const first = await counterHandler(store, clock).handle(sent);
    await counterHandler(store, clock).handle(handling(5));
    const again = await counterHandler(store, clock).handle(sent);
    expect(again).toEqual({ ...first, repeated: true });
    expect(await read(store)).toHaveLength(7);
  });

  it('has ids of its own on every stream, also under a command id that another stream has seen', async () => {
    const store = memoryEventStore();
    const handler = counterHandler(store, clock);
    const sent = handling(1);
    await handler.handle(sent);
    await handler.handle({ ...sent, streamId: 'counter-2' });
    const ids: string[] = [];
    for (const streamId of [STREAM, 'counter-2'])
      for await (const event of store.readStream(streamId)) ids.push(event.id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
  });

  it('refuses another payload under the same id', async () => {
    const handler = counterHandler(memoryEventStore(), clock);
    const sent = handling(1);
    await handler.handle(sent);
    expect(await handler.handle(handling(2, sent.metadata.commandId))).toMatchObject({
      accepted: false,
      rejection: { code: 'COMMAND_ID_REUSED' },
    });
  });

  it('takes a time that the edge added out of the digest', async () => {
    const handler = counterHandler(memoryEventStore(), clock);
    const sent = { ...handling(1, undefined, { padding: 'at 1' }), payload: { times: 1 } };
    await handler.handle(sent);
    const again = { ...handling(1, sent.metadata.commandId, { padding: 'at 2' }), payload: { times: 1 } };
    expect(await handler.handle(again)).toMatchObject({ accepted: true, repeated: true });
  });

  it.each([
    ['COMMAND_ID_TOO_OLD', commandIdAt(clock.at - 25 * 3_600_000)],
    ['INVALID_REQUEST', commandIdAt(clock.at + 3_600_000)],
    ['INVALID_REQUEST', '6f1c0b0a-0000-4000-8000-000000000000'],
  ])('refuses with %s the id %s', async (code, commandId) => {
    const store = memoryEventStore();
    expect(await counterHandler(store, clock).handle(handling(1, commandId))).toMatchObject({
      rejection: { code },
    });
    expect(await read(store)).toEqual([]);
  });

  it('may be sent again under its id after a refusal by rule', async () => {
    const store = memoryEventStore();
    const handler = counterHandler(store, clock);
    const sent = handling(1_001);
    expect(await handler.handle(sent)).toMatchObject({ rejection: { code: 'NOTHING_TO_SETTLE' } });
    expect(await handler.handle(handling(1, sent.metadata.commandId))).toMatchObject({
      accepted: true,
      changed: true,
    });
  });

  it('skips and counts events of types that it does not know', async () => {
    const store = memoryEventStore();
    const unknown: string[] = [];
    await counterHandler(store, clock).handle(handling(1));
    const [event] = await read(store);
    await store.append(STREAM, 0, [
      { ...event!, id: '6f1c0b0a-0000-4000-8000-00000000000f', type: 'test.Newer.v9' },
    ]);
    const handler = counterHandler(store, clock, {
      observer: { unknownEvent: type => void unknown.push(type) },
    });
    expect(await handler.handle(handling(1))).toMatchObject({
      accepted: true,
      revision: 2,
      answer: { total: 2 },
    });
    expect(unknown).toEqual(['test.Newer.v9']);
  });

  it('records no event earlier than the one before it, though the clock went back', async () => {
    const store = memoryEventStore();
    const late = steppingClock(clock.at + 60_000);
    await counterHandler(store, late).handle(handling(1));
    await counterHandler(store, clock).handle(handling(1));
    const [first, second] = await read(store);
    expect(second?.metadata.recordedAt).toBe(first?.metadata.recordedAt);
  });

  it('decides anew, and only then, when others came first', async () => {
    const store = memoryEventStore();
    const other = counterHandler(store, clock);
    let conflicts = 0;
    let raced = false;
    const handler = counterHandler(store, clock, {
      observer: { conflict: () => void (conflicts += 1) },
      context: async (_envelope, _at, { eventId }) => {
        if (!raced) {
          raced = true;
          await other.handle(handling(10));
        }
        return { eventId };
      },
    });
    expect(await handler.handle(handling(1))).toMatchObject({ accepted: true, answer: { total: 11 } });
    expect(conflicts).toBe(1);
  });

  it('reads a stream from the beginning when the store was restored to an earlier state', async () => {
    const before = memoryEventStore();
    const restored = memoryEventStore();
    let store = before;
    const switching: EventStore = {
      ...before,
      append: (...input) => store.append(...input),
      readStream: (...input) => store.readStream(...input),
      head: () => store.head(),
    };
    const handler = counterHandler(switching, clock);
    await handler.handle(handling(3));
    await counterHandler(restored, clock).handle(handling(1));
    store = restored;
    expect(await handler.handle(handling(1))).toMatchObject({
      accepted: true,
      answer: { total: 2 },
      revision: 1,
    });
  });
});

describe('a command above 512 KiB', () => {
  const padding = 'x'.repeat(CHUNK_BYTES / 4);

  it('is appended in chunks, its record on the last one, and is known when repeated', async () => {
    const store = memoryEventStore();
    const sizes: number[] = [];
    const counting: EventStore = {
      ...store,
      readStream: (...input) => store.readStream(...input),
      append: (streamId, expected, events) => {
        sizes.push(events.length);
        return store.append(streamId, expected, events);
      },
    };
    const handler = counterHandler(counting, clock);
    const sent = handling(8, undefined, { padding });
    const first = await handler.handle(sent);
    expect(first).toMatchObject({ accepted: true, revision: 7 });
    expect(sizes).toEqual([3, 3, 2]);
    const events = await read(store);
    expect(events.map(event => event.metadata.commandDigest !== undefined).indexOf(true)).toBe(6);
    expect(await handler.handle(sent)).toEqual({ ...first, repeated: true });
  });

  it.each([
    ['what it decided goes with the last chunk, in one piece', 5, 1, [3, 2, 3]],
    ['what is decided after the last full chunk needs no chunk of its own', 7, 1, [3, 3, 2]],
    ['what is decided is split when no append can hold it', 1, 4, [1, 1, 1, 1, 1, 1, 1, 1]],
  ])('%s', async (_law, decidedFrom, parts, expected) => {
    const store = memoryEventStore();
    const sizes: number[] = [];
    const counting: EventStore = {
      ...store,
      capabilities: store.capabilities,
      append: (streamId, expectedRevision, events) => {
        sizes.push(events.length);
        return store.append(streamId, expectedRevision, events);
      },
      readStream: (...input) => store.readStream(...input),
    };
    const handler = counterHandler(counting, clock, { decides: event => event.data.total > decidedFrom });
    await handler.handle(handling(8, undefined, { padding: padding.repeat(parts === 4 ? 3 : 1) }));
    expect(sizes).toEqual(expected);
  });

  it('goes on after a crash between chunks: the prefix counts, its ids are not used again', async () => {
    const store = memoryEventStore();
    let appends = 0;
    const crashing: EventStore = {
      ...store,
      readStream: (...input) => store.readStream(...input),
      append: (...input) => {
        appends += 1;
        if (appends === 2) throw new Error('the process dies here');
        return store.append(...input);
      },
    };
    const sent = handling(8, undefined, { padding });
    await expect(counterHandler(crashing, clock).handle(sent)).rejects.toThrow('dies');
    expect(await read(store)).toHaveLength(3);
    const again = await counterHandler(store, clock).handle(sent);
    expect(again).toMatchObject({ accepted: true, repeated: false, revision: 10 });
    const ids = (await read(store)).map(event => event.id);
    expect(new Set(ids).size).toBe(11);
  });
});
