import { describe, expect, it } from '@jest/globals';
import { EventStoreError } from '@replicante/event-store';
import type { AppendResult, EventStore, ExpectedRevision, NewEvent } from '@replicante/event-store';
import { memoryEventStore } from '@replicante/event-store-memory';
import fc from 'fast-check';
import type { CommandResult, Handling } from './handling.js';
import type { Add, Total } from './counter.fixture.js';
import { commandIdAt, counterHandler, steppingClock } from './counter.fixture.js';

/** What becomes of one append: done; done and the answer lost; lost; landing after the next one; refused at the door. */
type Fate = 'ok' | 'answer lost' | 'request lost' | 'lands later' | 'unavailable';
const STREAM = 'counter-1';
const doubt = (): EventStoreError => new EventStoreError('OUTCOME_UNKNOWN', 'no answer');

interface Sent {
  readonly expected: ExpectedRevision;
  readonly ids: string;
  readonly fate: Fate;
}

/** A double of the port that loses requests and answers. */
function lossyStore(fates: readonly Fate[]): EventStore & { readonly sent: Sent[] } {
  const store = memoryEventStore();
  const queue = [...fates];
  const late: (() => Promise<AppendResult>)[] = [];
  const sent: Sent[] = [];
  const append = async (
    streamId: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult> => {
    const fate = queue.shift() ?? 'ok';
    sent.push({ expected, ids: events.map(event => event.id).join(), fate });
    for (const land of late.splice(0))
      await land().catch((error: unknown) => {
        if (!(error instanceof EventStoreError)) throw error;
      });
    await Promise.resolve();
    switch (fate) {
      case 'ok':
        return store.append(streamId, expected, events);
      case 'answer lost':
        await store.append(streamId, expected, events);
        throw doubt();
      case 'request lost':
        throw doubt();
      case 'lands later':
        late.push(() => store.append(streamId, expected, events));
        throw doubt();
      case 'unavailable':
        throw new EventStoreError('UNAVAILABLE', 'refused');
    }
  };
  return {
    capabilities: store.capabilities,
    sent,
    append,
    readStream: (...input) => store.readStream(...input),
    streamRevision: id => store.streamRevision(id),
    readAll: options => store.readAll(options),
    head: () => store.head(),
    countAfter: position => store.countAfter(position),
    subscribeAll: options => store.subscribeAll(options),
    storeIdentity: () => store.storeIdentity(),
    close: () => store.close(),
  };
}

const clock = steppingClock();
const handling = (name: string, times: number): Handling<Add> => ({
  streamId: STREAM,
  command: { type: 'Add', data: { name, times } },
  metadata: {
    commandId: commandIdAt(clock.at),
    correlationId: name,
    actor: { kind: 'system', component: 'test', verified: true },
  },
  withinMs: 60_000,
});
const namesOf = async (store: EventStore): Promise<string[]> => {
  const names: string[] = [];
  for await (const { data } of store.readStream(STREAM))
    if (typeof data === 'object' && data !== null && 'name' in data)
      names.push(typeof data.name === 'string' ? data.name : '');
  return names;
};

describe('appends whose outcome is unknown', () => {
  it('are repeated with the same ids at the same expected revision until they are settled', async () => {
    const store = lossyStore(['answer lost', 'request lost', 'unavailable', 'ok']);
    const result = await counterHandler(store, clock).handle(handling('a', 2));
    expect(result).toMatchObject({ accepted: true, revision: 1 });
    expect(new Set(store.sent.map(({ expected, ids }) => `${expected} ${ids}`)).size).toBe(1);
    expect(await namesOf(store)).toEqual(['a', 'a']);
  });

  it('are told as OUTCOME_UNKNOWN at the deadline, and nothing new is decided before they are settled', async () => {
    const store = lossyStore(Array.from({ length: 40 }, () => 'request lost' as const));
    const handler = counterHandler(store, clock);
    const first = { ...handling('a', 1), withinMs: 20 };
    expect(await handler.handle(first)).toMatchObject({ rejection: { code: 'OUTCOME_UNKNOWN' } });
    expect(await handler.handle({ ...handling('b', 1), withinMs: 20 })).toMatchObject({
      rejection: { code: 'OUTCOME_UNKNOWN' },
    });
    expect(new Set(store.sent.map(({ ids }) => ids)).size).toBe(1);
  });

  it('settle with the next command, which then sees what the first one did', async () => {
    const store = lossyStore(['answer lost']);
    const handler = counterHandler(store, clock);
    const first = handling('a', 1);
    // Sent despite the deadline: it is looked at after the try.
    const lost = await handler.handle({ ...first, withinMs: 4 });
    expect(lost).toMatchObject({ rejection: { code: 'OUTCOME_UNKNOWN' } });
    expect(await handler.handle(handling('b', 1))).toMatchObject({ accepted: true, answer: { total: 2 } });
    expect(await handler.handle(first)).toMatchObject({
      accepted: true,
      repeated: true,
      answer: { total: 1 },
    });
  });

  it('are refused as EVENT_STORE_UNAVAILABLE when the store says at once that nothing was written', async () => {
    const store = lossyStore(['unavailable']);
    expect(await counterHandler(store, clock).handle(handling('a', 1))).toMatchObject({
      rejection: { code: 'EVENT_STORE_UNAVAILABLE' },
    });
    expect(await namesOf(store)).toEqual([]);
  });

  it('law: over racing processes, repeats and every loss, each accepted command stands exactly once and nothing else does', async () => {
    const fate = fc.oneof(
      { weight: 4, arbitrary: fc.constant<Fate>('ok') },
      {
        weight: 1,
        arbitrary: fc.constantFrom<Fate>('answer lost', 'request lost', 'lands later', 'unavailable'),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { maxLength: 40 }),
        fc.array(
          fc.record({ times: fc.integer({ min: 0, max: 3 }), process: fc.nat(2), repeats: fc.nat(2) }),
          {
            maxLength: 12,
          },
        ),
        async (fates, plan) => {
          const store = lossyStore(fates);
          const processes = [0, 1, 2].map(() => counterHandler(store, clock));
          const results = await Promise.all(
            plan.map(async ({ times, process, repeats }, index) => {
              const command = handling(`c${index}`, times);
              const answers: CommandResult<Total>[] = [];
              for (let n = 0; n <= repeats; n += 1)
                answers.push(await processes[(process + n) % 3]!.handle(command));
              return { name: `c${index}`, times, answers };
            }),
          );
          const names = await namesOf(store);
          for (const { name, times, answers } of results) {
            const stored = names.filter(other => other === name).length;
            const accepted = answers.filter(answer => answer.accepted);
            if (accepted.length > 0) expect(stored).toBe(times);
            else expect([0, times]).toContain(stored);
            const told = accepted
              .filter(answer => answer.changed)
              .map(({ answer, revision }) => ({ answer, revision }));
            expect(new Set(told.map(each => JSON.stringify(each))).size).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
