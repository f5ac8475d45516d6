import { EventStoreError } from './event-store-error.js';
import type { Position } from './event-store.port.js';

const WIDTH = 20;
/** Positions are bigint columns; a larger number is from no store of ours. */
const LARGEST = 2n ** 63n - 1n;

/** A counting position as text that sorts in order: zero-padded to 20 digits. `0` is "before the first event". */
export const decimalPosition = (value: number | bigint | string): Position =>
  String(value).padStart(WIDTH, '0');

/** The number in a position made by `decimalPosition`; absent is 0. Refuses anything else with `POSITION_INVALID`. */
export function decimalPositionValue(position: Position | undefined): bigint {
  if (position === undefined) return 0n;
  const value = typeof position === 'string' && /^\d{20}$/.test(position) ? BigInt(position) : -1n;
  if (value < 0n || value > LARGEST)
    throw new EventStoreError(
      'POSITION_INVALID',
      `not a position of this store: ${JSON.stringify(position)}`,
    );
  return value;
}
