import { EventBusError, type EventBusErrorCode } from '@replicante/event-bus';
import { faultOf, type KafkaFault } from '@replicante/kafka-client';

const CODES: Readonly<Record<KafkaFault, EventBusErrorCode>> = {
  UNAVAILABLE: 'BUS_UNAVAILABLE',
  TOPIC_UNKNOWN: 'TOPIC_UNKNOWN',
  RECORD_REFUSED: 'RECORD_INVALID',
  TOPIC_CHANGED: 'TOPIC_MISMATCH',
};

/** Every failure as the port tells it; what was sent may have been written. */
export function busError(error: unknown): EventBusError {
  if (error instanceof EventBusError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new EventBusError(CODES[faultOf(error)], `event bus: ${message}`, { cause: error });
}
