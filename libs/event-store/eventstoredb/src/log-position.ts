import { EventStoreError } from '@replicante/event-store';
import type { Position } from '@replicante/event-store';

/** Where a record lies in EventStoreDB's log. The two differ only for events of its old explicit transactions. */
export interface LogPosition {
  readonly commit: bigint;
  readonly prepare: bigint;
}

/** The server counts in signed 64 bits; above that stands its word for "none". */
const LARGEST = 2n ** 63n - 1n;
const WIDTH = 20;
const TEXT = /^(\d{20})\.(\d{20})$/;

const padded = (value: bigint): string => value.toString().padStart(WIDTH, '0');

/** Both numbers of a place in the log, as text that sorts in order. */
export function positionOf({ commit, prepare }: LogPosition): Position {
  // Before 22.10 the server left the positions out of what it read from a stream.
  if (commit > LARGEST || prepare > LARGEST)
    throw new EventStoreError(
      'UNAVAILABLE',
      'the server does not tell where its events lie: 22.10 or newer is needed',
    );
  return `${padded(commit)}.${padded(prepare)}`;
}

/** The place that `positionOf` wrote; absent is "before the first event". Refuses anything else: `POSITION_INVALID`. */
export function logPositionOf(position: Position | undefined): LogPosition | undefined {
  if (position === undefined) return undefined;
  const [, commit, prepare] = (typeof position === 'string' && TEXT.exec(position)) || [];
  const place = { commit: BigInt(commit ?? -1), prepare: BigInt(prepare ?? -1) };
  if (commit === undefined || place.commit > LARGEST || place.prepare > LARGEST)
    throw new EventStoreError(
      'POSITION_INVALID',
      `not a position of this store: ${JSON.stringify(position)}`,
    );
  return place;
}

/** Whether `place` lies behind `other`, the end of which absent is the beginning of the log. */
export const liesBehind = (place: LogPosition, other: LogPosition | undefined): boolean =>
  other === undefined ||
  place.commit > other.commit ||
  (place.commit === other.commit && place.prepare > other.prepare);
