/**
 * What a failure means to an adapter. `UNAVAILABLE`: try again, it may or may not have been done. `TOPIC_UNKNOWN`: no such
 * topic. `RECORD_REFUSED`: the broker will never take this record. `TOPIC_CHANGED`: the topic has other partitions than it
 * had when this process met it.
 */
export type KafkaFault = 'UNAVAILABLE' | 'TOPIC_UNKNOWN' | 'RECORD_REFUSED' | 'TOPIC_CHANGED';

export class KafkaClientError extends Error {
  constructor(
    readonly code: KafkaFault,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'KafkaClientError';
  }
}

/** kafkajs names the protocol's errors by `type`; these are about the caller's topic or record. */
const FAULTS: Readonly<Record<string, KafkaFault>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'TOPIC_UNKNOWN',
  INVALID_TOPIC_EXCEPTION: 'TOPIC_UNKNOWN',
  MESSAGE_TOO_LARGE: 'RECORD_REFUSED',
  RECORD_LIST_TOO_LARGE: 'RECORD_REFUSED',
  INVALID_RECORD: 'RECORD_REFUSED',
  INVALID_TIMESTAMP: 'RECORD_REFUSED',
};

/** Part of every start, failover and rebalance: the brokers say them for some seconds, and nobody has to act. */
const PASSING: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'FENCED_LEADER_EPOCH',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  // By its name: kafkajs says so when every broker answered that the coordinator is not available.
  'KafkaJSGroupCoordinatorNotFound',
  'LEADER_NOT_AVAILABLE',
  'MEMBER_ID_REQUIRED',
  'NOT_CONTROLLER',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_LEADER_FOR_PARTITION',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_MEMBER_ID',
]);

/** The error and what it was caused by: kafkajs wraps a protocol error once per layer of retries. */
function* causesOf(error: unknown): Generator<Error> {
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    yield at;
  }
}

const typeOf = (error: Error): string | undefined =>
  'type' in error && typeof error.type === 'string' ? error.type : undefined;

export function faultOf(error: unknown): KafkaFault {
  for (const cause of causesOf(error)) {
    if (cause instanceof KafkaClientError) return cause.code;
    const fault = FAULTS[typeOf(cause) ?? ''];
    if (fault !== undefined) return fault;
  }
  return 'UNAVAILABLE';
}

/** True for what ends by itself: not worth a line in anybody's log. */
export function isPassing(error: unknown): boolean {
  for (const cause of causesOf(error)) if (PASSING.has(typeOf(cause) ?? cause.name)) return true;
  return false;
}
