import { EventBusError } from '@replicante/event-bus';
import { sqlStateOf, StatementError } from '@replicante/postgres-client';

/** Raised by `event_bus.publish` for a topic without its partitions. */
const TOPIC_MISSING = 'RB404';

/** Every failure of a statement as the port tells it; what was sent may have been carried out. */
export function busError(error: unknown): EventBusError {
  if (error instanceof EventBusError) return error;
  const cause = error instanceof StatementError ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = sqlStateOf(cause);
  if (code === TOPIC_MISSING) return new EventBusError('TOPIC_UNKNOWN', message, { cause });
  if (code?.startsWith('22')) return new EventBusError('RECORD_INVALID', message, { cause });
  return new EventBusError('BUS_UNAVAILABLE', `event bus: ${message}`, { cause });
}
