import { EventBusError } from '@replicante/event-bus';
import { StatementError } from './database.js';

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** Raised by `event_bus.publish` for a topic without its partitions. */
const TOPIC_MISSING = 'RB404';

/** Every failure of a statement as the port tells it; what was sent may have been carried out. */
export function busError(error: unknown): EventBusError {
  if (error instanceof EventBusError) return error;
  const cause = error instanceof StatementError ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = codeOf(cause);
  if (code === TOPIC_MISSING) return new EventBusError('TOPIC_UNKNOWN', message, { cause });
  if (typeof code === 'string' && /^22/.test(code))
    return new EventBusError('RECORD_INVALID', message, { cause });
  return new EventBusError('BUS_UNAVAILABLE', `event bus: ${message}`, { cause });
}
