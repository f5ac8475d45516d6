import { EventStoreError, type EventStore, type NewEvent, type StoredEvent } from '@replicante/event-store';
import type { EventMetadata, Json } from '@replicante/kernel';
import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventStoreHarness } from './event-store-harness.js';

/** What every case gets: two clients of one store, made once per suite. */
export interface SuiteContext {
  readonly harness: EventStoreHarness;
  readonly store: EventStore;
  readonly other: EventStore;
}

export const metadata = (): EventMetadata => ({
  commandId: randomUUID(),
  correlationId: randomUUID(),
  actor: { kind: 'system', component: 'suite', verified: true },
  recordedAt: '2026-01-02T03:04:05.678Z',
});

export const event = (data: Json = {}, type = 'suite.Happened.v1'): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: metadata(),
});

export const events = (count: number, data: Json = {}): NewEvent[] =>
  Array.from({ length: count }, () => event(data));

/** Streams of one case: others' events in `$all` are told apart by it. */
export const freshPrefix = (): string => `case-${randomUUID()}:`;
export const freshStream = (): string => `${freshPrefix()}stream`;

export async function toArray<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The code of the error that the call rejects with; fails when it does not. */
export async function failure(call: Promise<unknown>): Promise<EventStoreError> {
  const outcome = await call.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
  if (!(outcome.error instanceof EventStoreError)) throw outcome.error;
  return outcome.error;
}

export async function expectConflict(call: Promise<unknown>, actual: number | 'no_stream'): Promise<void> {
  expect(await failure(call)).toMatchObject({ code: 'WRONG_EXPECTED_REVISION', actual });
}

/** Everything under the prefix, read in small pages. */
export async function readWhole(store: EventStore, prefix: string, limit = 50): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await store.readAll({
      limit,
      streamPrefixes: [prefix],
      ...(after === undefined ? {} : { after }),
    });
    all.push(...page.events);
    after = page.position;
    if (page.atHead) return all;
  }
}

/** Appends with the repeats that the port asks of callers, until it is known to be written. */
export async function appendSurely(
  store: EventStore,
  stream: string,
  revision: number,
  batch: readonly NewEvent[],
) {
  for (;;) {
    try {
      return await store.append(stream, revision < 0 ? 'no_stream' : revision, batch);
    } catch (error) {
      if (!(error instanceof EventStoreError)) throw error;
      if (error.code !== 'OUTCOME_UNKNOWN' && error.code !== 'UNAVAILABLE') throw error;
    }
  }
}
