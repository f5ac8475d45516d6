import type { NewEvent } from '@replicante/event-store';
import type { CommandEnvelope, DomainEvent, Emitted, EventMetadata, Json } from '@replicante/kernel';

export interface EventsInput<E extends DomainEvent> {
  readonly envelope: CommandEnvelope;
  readonly events: readonly Emitted<E>[];
  readonly eventId: (index: number) => string;
}

/** Decided events as they are stored, without what the command's repeat needs (`withCommand`). */
export function newEvents<E extends DomainEvent>({ envelope, events, eventId }: EventsInput<E>): NewEvent[] {
  const { commandId, correlationId, causationId, actor, now, lease, traceparent } = envelope.metadata;
  return events.map(({ type, data, causedBy }, index) => {
    const cause = causedBy === undefined ? causationId : eventId(causedBy);
    const metadata: EventMetadata = {
      commandId,
      correlationId,
      ...(cause === undefined ? {} : { causationId: cause }),
      actor,
      recordedAt: now,
      ...(lease ? { lease } : {}),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    // Whether it is JSON is checked by the store, with the path of what is not.
    return { id: eventId(index), type, data: data as Json, metadata };
  });
}

export interface CommandRecord {
  readonly commandType: string;
  readonly commandDigest: string;
  readonly commandAnswer: unknown;
}

/** Larger commands are appended in pieces (safety.md §10). */
export const CHUNK_BYTES = 512 * 1024;

const encoder = new TextEncoder();
const bytesOf = (event: NewEvent): number =>
  encoder.encode(JSON.stringify([event.data, event.metadata])).length;

/** What one append carries. */
export interface Chunk {
  readonly events: readonly NewEvent[];
  /** UTF-8 bytes of data and metadata, without the command's record. */
  readonly bytes: number;
}

export interface ChunkLimits {
  /** Index of the first event that must go with the last chunk, and with it all that follow. */
  readonly togetherFrom: number;
  /** Bytes that the store takes in one append: what must go together and is larger, goes apart all the same. */
  readonly maxAppendBytes: number;
}

/** Kept free for the command's record. */
const RECORD_BYTES = 16 * 1024;

/**
 * Chunks of at most 512 KiB, in order: each leaves a valid prefix. What must go together is one piece. The command's
 * record (digest, answer) stands on the first event of the *last* chunk, so that the command counts as accepted only when
 * all of it is stored.
 */
export function chunks(
  events: readonly NewEvent[],
  record: CommandRecord,
  { togetherFrom, maxAppendBytes }: ChunkLimits,
): readonly Chunk[] {
  const sized = events.map(event => ({ events: [event], bytes: bytesOf(event) }));
  const together = sized.slice(togetherFrom);
  const bytesTogether = together.reduce((sum, piece) => sum + piece.bytes, 0);
  const pieces =
    together.length > 0 && bytesTogether <= maxAppendBytes - RECORD_BYTES
      ? [
          ...sized.slice(0, togetherFrom),
          { events: together.flatMap(piece => piece.events), bytes: bytesTogether },
        ]
      : sized;
  const result: Chunk[] = [];
  for (const piece of pieces) {
    const last = result[result.length - 1];
    if (last === undefined || last.bytes + piece.bytes > CHUNK_BYTES) result.push(piece);
    else
      result[result.length - 1] = {
        events: [...last.events, ...piece.events],
        bytes: last.bytes + piece.bytes,
      };
  }
  const last = result.pop();
  const [first, ...rest] = last?.events ?? [];
  if (last === undefined || first === undefined) return [];
  const recorded = { ...first, metadata: { ...first.metadata, ...record } };
  return [...result, { events: [recorded, ...rest], bytes: last.bytes }];
}
