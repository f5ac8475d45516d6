import type { RecordedEvent } from '@eventstore/db-client';
import { EventStoreError } from '@replicante/event-store';
import type { AppendResult, CheckedAppend } from '@replicante/event-store';
import { randomUUID } from 'node:crypto';

/**
 * EventStoreDB has no name of its own that survives a restore, so the first client gives it one, in the log itself: whatever
 * carries the log elsewhere (a backup, a new node of the cluster) carries the name, and a log without it is another one.
 *
 * It stands in the metadata of a stream that holds nothing else: metadata is kept in a stream of the server's own (`$$…`), so
 * that no reader of events meets it, and anyone who may append may write it (the default access rules).
 */
export const IDENTITY_STREAM = '$$replicante-store';
const MEMBER = 'replicante.storeIdentity';

export interface IdentityStore {
  /** Newest event of the stream, if any. */
  newest(streamId: string): Promise<RecordedEvent | undefined>;
  append(append: CheckedAppend): Promise<AppendResult>;
}

const membersOf = (event: RecordedEvent | undefined): Readonly<Record<string, unknown>> =>
  event?.isJson === true && typeof event.data === 'object' && event.data !== null
    ? (event.data as Readonly<Record<string, unknown>>)
    : {};

/** Reads the identity, or gives one to a store that has none; N clients may do so at once, and one of them wins. */
export async function identityOf(store: IdentityStore): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const newest = await store.newest(IDENTITY_STREAM);
    const members = membersOf(newest);
    const identity = members[MEMBER];
    if (typeof identity === 'string' && identity !== '') return identity;
    // Metadata that somebody else wrote there stays; without our member the store counts as new.
    const data = JSON.stringify({ ...members, [MEMBER]: randomUUID() });
    const event = { id: randomUUID(), type: '$metadata', data, metadata: '' };
    try {
      const expected = newest === undefined ? -1 : Number(newest.revision);
      await store.append({
        streamId: IDENTITY_STREAM,
        expected,
        events: [event],
        bytes: Buffer.byteLength(data),
      });
    } catch (error) {
      if (!(error instanceof EventStoreError) || !SETTLED_BY_READING.has(error.code)) throw error;
      if (tries === MOST_TRIES)
        throw new EventStoreError('UNAVAILABLE', 'event store: it takes no identity', { cause: error });
    }
  }
}

/** Clients that open a store for the first time at once, and a server that takes no writes. */
const MOST_TRIES = 10;
/** Another client came first, or it is not known whether we did: what stands there is the identity in both cases. */
const SETTLED_BY_READING: ReadonlySet<string> = new Set(['WRONG_EXPECTED_REVISION', 'OUTCOME_UNKNOWN']);
