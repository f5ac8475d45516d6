import { describe, expect, it } from '@jest/globals';
import { EventStoreError } from '@replicante/event-store';
import type { EventStore } from '@replicante/event-store';
import { memoryEventStore } from '@replicante/event-store-memory';
import { eventually } from '@replicante/testing';
import type { Add } from './counter.fixture.js';
import { commandIdAt, counter, counterHandler, steppingClock } from './counter.fixture.js';
import type { Handling } from './handling.js';
import { StreamFolds } from './stream-folds.js';

const STREAM = 'counter-1';
const clock = steppingClock();
const handling = (
  times: number,
  more: Partial<Add['data']> = {},
  commandId = commandIdAt(clock.at),
): Handling<Add> => ({
  streamId: STREAM,
  command: { type: 'Add', data: { name: 'a', times, ...more } },
  metadata: { commandId, correlationId: 'c', actor: { kind: 'system', component: 'test', verified: true } },
  withinMs: 60_000,
});

/** Counts appends and reads of a memory store; `before` runs before each append. */
function counted(before: (events: number) => Promise<void> = async () => undefined) {
  const inner = memoryEventStore();
  const seen = { appends: [] as number[], reads: 0 };
  const store: EventStore = {
    ...inner,
    capabilities: inner.capabilities,
    append: async (streamId, expected, events) => {
      await before(events.length);
      seen.appends.push(events.length);
      return inner.append(streamId, expected, events);
    },
    readStream: (streamId, options) => {
      seen.reads += 1;
      return inner.readStream(streamId, options);
    },
    head: () => inner.head(),
  };
  return { store, inner, seen };
}

describe('commands that come while a turn of their stream is on its way', () => {
  it('are decided one on top of the other, read once and appended once', async () => {
    const { store, seen } = counted();
    const handler = counterHandler(store, clock);
    const results = await Promise.all([1, 2, 1, 3].map(times => handler.handle(handling(times))));
    expect(results.map(result => result.accepted && result.answer.total)).toEqual([1, 3, 4, 7]);
    expect(results.map(result => result.accepted && result.revision)).toEqual([0, 2, 3, 6]);
    expect(seen).toEqual({ appends: [1, 6], reads: 2 });
  });

  it('are known afterwards each by itself', async () => {
    const { store } = counted();
    const handler = counterHandler(store, clock);
    const sent = [handling(1), handling(2), handling(3)];
    const first = await Promise.all(sent.map(each => handler.handle(each)));
    const again = await Promise.all(sent.map(each => counterHandler(store, clock).handle(each)));
    for (const [index, result] of again.entries()) {
      const { answer, revision } = first[index] as Extract<typeof result, { accepted: true }>;
      expect(result).toMatchObject({ repeated: true, revision, answer });
    }
  });

  it('are answered each for itself when a rule refuses some of them', async () => {
    const { store } = counted();
    const handler = counterHandler(store, clock);
    const results = await Promise.all([1, 600, 600, 0, 1].map(times => handler.handle(handling(times))));
    expect(results.map(result => (result.accepted ? result.answer.total : result.rejection.code))).toEqual([
      1,
      601,
      'NOTHING_TO_SETTLE',
      601,
      602,
    ]);
    expect(results[3]).toMatchObject({ changed: false, revision: 600 });
  });

  it('are one command when their id is the same', async () => {
    const { store, inner } = counted();
    const handler = counterHandler(store, clock);
    const twice = handling(2);
    const results = await Promise.all([handling(1), twice, twice].map(each => handler.handle(each)));
    expect(results[2]).toMatchObject({ accepted: true, repeated: true, revision: 2 });
    expect(await inner.streamRevision(STREAM)).toBe(2);
  });

  it('do not suffer for one among them that the store refuses', async () => {
    const { store } = counted();
    const handler = counterHandler(store, clock);
    const results = await Promise.all(
      ['a', 'b', 'a \ud800', 'c'].map(name => handler.handle(handling(1, { name }))),
    );
    expect(results.map(result => result.accepted || result.rejection.code)).toEqual([
      true,
      true,
      'INVALID_REQUEST',
      true,
    ]);
  });

  it('are all decided anew when others came first', async () => {
    let raced = false;
    const { store, inner } = counted(async events => {
      if (events < 2 || raced) return;
      raced = true;
      await counterHandler(inner, clock).handle(handling(10));
    });
    const handler = counterHandler(store, clock);
    const results = await Promise.all([1, 1, 1].map(times => handler.handle(handling(times))));
    expect(results.map(result => result.accepted && result.answer.total)).toEqual([1, 12, 13]);
  });

  it('are all refused when nothing can be written', async () => {
    let appends = 0;
    const { store } = counted(async () => {
      if ((appends += 1) > 1) throw new EventStoreError('UNAVAILABLE', 'gone');
    });
    const handler = counterHandler(store, clock);
    const results = await Promise.all([1, 1, 0, 1].map(times => handler.handle(handling(times))));
    expect(results.map(result => result.accepted || result.rejection.code)).toEqual([
      true,
      'EVENT_STORE_UNAVAILABLE',
      true,
      'EVENT_STORE_UNAVAILABLE',
    ]);
    // What changed nothing was decided again, on what is stored.
    expect(results[2]).toMatchObject({ answer: { total: 1 }, revision: 0 });
  });
});

describe('streams that decisions depend on', () => {
  const other = (store: EventStore) =>
    new StreamFolds({ store, folding: { ...counter, knows: (type: string) => type === 'test.Added.v1' } });

  it('are read beside the stream itself when they are foreseen, and once', async () => {
    const { store, inner } = counted();
    const asked: string[] = [];
    const held: (() => void)[] = [];
    const holding: EventStore = {
      ...store,
      async *readStream(streamId, options) {
        asked.push(streamId);
        await new Promise<void>(go => held.push(go));
        yield* inner.readStream(streamId, options);
      },
    };
    const folds = other(holding);
    const handler = counterHandler(holding, clock, {
      foresee: (_command, _known, reads) => void reads.read(folds, 'namespace-1'),
      context: async (_envelope, _at, { eventId }, reads) => {
        await reads.read(folds, 'namespace-1');
        return { eventId };
      },
    });
    const answer = handler.handle(handling(1));
    await eventually(() => held.length === 2, { within: 2_000, every: 1 });
    expect([...asked].sort()).toEqual([STREAM, 'namespace-1']);
    for (const go of held) go();
    expect((await answer).accepted).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('are guessed from what was known last, and decided on what is true now', async () => {
    const { store, inner } = counted();
    const folds = other(inner);
    const guesses: (number | undefined)[] = [];
    const read: number[] = [];
    const handler = counterHandler(store, clock, {
      foresee: (_command, known, reads) => {
        guesses.push(known?.total);
        void reads.read(folds, `of-${known?.total ?? 'nothing'}`);
      },
      context: async (_envelope, at, { eventId }, reads) => {
        read.push(at.state.total);
        await reads.read(folds, `of-${at.state.total}`);
        return { eventId };
      },
    });
    await handler.handle(handling(1));
    await counterHandler(inner, clock).handle(handling(2));
    await handler.handle(handling(1));
    // A fold grows by what is read: it has not seen its own first command yet.
    expect(guesses).toEqual([undefined, 0]);
    expect(read).toEqual([0, 3]);
  });

  it('fail nobody when they cannot be read and nobody needs them', async () => {
    const { store } = counted();
    const broken = other({
      ...store,
      readStream: () => {
        throw new EventStoreError('UNAVAILABLE', 'gone');
      },
    });
    const handler = counterHandler(store, clock, {
      foresee: (_command, _known, reads) => void reads.read(broken, 'namespace-1'),
    });
    expect((await handler.handle(handling(1))).accepted).toBe(true);
  });
});
