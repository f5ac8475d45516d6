import { EventStoreError } from './event-store-error.js';
import type { ExpectedRevision, NewEvent } from './event-store.port.js';
import { isStorableText, jsonText } from './json-text.js';

/** An event ready for the wire: `data` and `metadata` are JSON text. */
export interface CheckedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

export interface CheckedAppend {
  readonly streamId: string;
  /** -1 stands for `no_stream`. */
  readonly expected: number;
  readonly events: readonly CheckedEvent[];
  /** UTF-8 bytes of data and metadata. */
  readonly bytes: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** An index entry must fit a page; ids of ours end at 266 characters. */
const MAX_NAME = 512;

const invalid = (why: string): never => {
  throw new EventStoreError('EVENT_INVALID', why);
};

function checkName(what: string, name: string): void {
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME || !isStorableText(name))
    invalid(`${what} must have 1 to ${MAX_NAME} characters without NUL or lone surrogates`);
  // `$` begins the names of EventStoreDB's own streams and events.
  if (name.startsWith('$')) invalid(`${what} must not begin with "$"`);
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair counts 2 of the pair's 4 bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}

/**
 * Everything that can be wrong with an append and needs no store to see, refused before the wire, alike in every
 * adapter: `APPEND_EMPTY`, `APPEND_TOO_LARGE`, `EVENT_NOT_JSON`, `EVENT_INVALID`.
 */
export function checkedAppend(
  streamId: string,
  expected: ExpectedRevision,
  events: readonly NewEvent[],
  maxAppendBytes: number,
): CheckedAppend {
  checkName('a stream id', streamId);
  if (expected !== 'no_stream' && !(Number.isSafeInteger(expected) && expected >= 0))
    invalid(`the expected revision must be "no_stream" or a whole number from 0, not ${String(expected)}`);
  if (events.length === 0) throw new EventStoreError('APPEND_EMPTY', `nothing to append to ${streamId}`);

  const ids = new Set<string>();
  let bytes = 0;
  const checked = events.map((event, index): CheckedEvent => {
    const id = String(event.id).toLowerCase();
    if (!UUID.test(id)) invalid(`events[${index}].id is not a UUID: ${JSON.stringify(event.id)}`);
    if (ids.has(id)) invalid(`events[${index}].id stands twice in one append: ${id}`);
    ids.add(id);
    checkName(`events[${index}].type`, event.type);
    const data = jsonText(event.data, `events[${index}].data`);
    const metadata = jsonText(event.metadata, `events[${index}].metadata`);
    bytes += utf8Length(data) + utf8Length(metadata);
    return { id, type: event.type, data, metadata };
  });
  if (bytes > maxAppendBytes)
    throw new EventStoreError('APPEND_TOO_LARGE', `${bytes} bytes in one append; at most ${maxAppendBytes}`);
  return { streamId, expected: expected === 'no_stream' ? -1 : expected, events: checked, bytes };
}
