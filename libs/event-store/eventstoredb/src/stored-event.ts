import type { RecordedEvent } from '@eventstore/db-client';
import type { StoredEvent } from '@replicante/event-store';
import type { EventMetadata, Json } from '@replicante/kernel';
import { positionOf } from './log-position.js';

/** Events of the server itself: its statistics, links of its projections, metadata of streams. */
export const isSystem = (event: { readonly streamId: string }): boolean => event.streamId.startsWith('$');

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Metadata that one of our writers put there. */
const isOurs = (metadata: unknown): metadata is EventMetadata =>
  isRecord(metadata) &&
  typeof metadata['commandId'] === 'string' &&
  typeof metadata['correlationId'] === 'string' &&
  typeof metadata['recordedAt'] === 'string' &&
  isRecord(metadata['actor']);

/** Whether somebody else wrote it: anyone may append to a database that others use too. */
export const isForeign = (event: RecordedEvent): boolean => !event.isJson || !isOurs(event.metadata);

/**
 * A foreign event is passed on like any other, with data of `null` where it is no JSON and with metadata that readers can
 * read: what to do with an unknown type is theirs to say.
 */
export function storedEvent(event: RecordedEvent): StoredEvent {
  return {
    id: event.id,
    type: event.type,
    streamId: event.streamId,
    revision: Number(event.revision),
    position: positionOf(event.position ?? NOWHERE),
    data: event.isJson ? (event.data as Json) : null,
    metadata: isOurs(event.metadata) ? event.metadata : foreignMetadata(event),
  };
}

const NOWHERE = { commit: 2n ** 64n - 1n, prepare: 2n ** 64n - 1n };

const foreignMetadata = (event: RecordedEvent): EventMetadata => ({
  commandId: event.id,
  correlationId: event.id,
  actor: { kind: 'anonymous', verified: false },
  recordedAt: event.created.toISOString(),
});
