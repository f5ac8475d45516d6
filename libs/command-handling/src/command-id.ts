import type { Rejection } from '@replicante/kernel';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** How long repeats are known (safety.md §10). */
export const COMMAND_WINDOW_MS = 24 * 60 * 60 * 1_000;
/** How far a client's clock may be ahead; the memory outlives the window by more than this, so that nothing falls between. */
export const CLOCK_TOLERANCE_MS = 10 * 60 * 1_000;

/** Milliseconds since the epoch in a UUIDv7; `undefined` for anything else. */
export const commandTimeMs = (commandId: string): number | undefined =>
  UUID_V7.test(commandId) ? Number.parseInt(commandId.slice(0, 8) + commandId.slice(9, 13), 16) : undefined;

/** Why an id that the stream does not know cannot be taken for a new one; `undefined`: it can. */
export function refuseCommandId(commandId: string, wallMs: number): Rejection | undefined {
  const at = commandTimeMs(commandId);
  const field = 'meta.command_id';
  if (at === undefined)
    return {
      code: 'INVALID_REQUEST',
      message: 'the command id is not a UUIDv7',
      violations: [
        { field, description: 'must be a UUIDv7, new for each command and the same for its repeats' },
      ],
    };
  if (at > wallMs + CLOCK_TOLERANCE_MS)
    return {
      code: 'INVALID_REQUEST',
      message: 'the command id is from the future',
      violations: [
        { field, description: `is of ${new Date(at).toISOString()}: set the clock of the client` },
      ],
    };
  if (at < wallMs - COMMAND_WINDOW_MS)
    return {
      code: 'COMMAND_ID_TOO_OLD',
      message: `the command id is of ${new Date(at).toISOString()}; repeats are known for 24 hours`,
      violations: [{ field, description: 'look whether the command took effect, then choose a new id' }],
    };
  return undefined;
}
