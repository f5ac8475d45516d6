export type { CheckedAppend, CheckedEvent } from './checked-append.js';
export { checkedAppend } from './checked-append.js';
export { decimalPosition, decimalPositionValue } from './decimal-position.js';
export type {
  AllFilter,
  AllPage,
  AppendResult,
  EventStore,
  EventStoreCapabilities,
  ExpectedRevision,
  NewEvent,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  StoredEvent,
  SubscribeAllOptions,
  SubscriptionBatch,
} from './event-store.port.js';
export type { EventStoreErrorCode } from './event-store-error.js';
export { EventStoreError } from './event-store-error.js';
export { followAll } from './follow-all.js';
export { WakeSignal } from './wake-signal.js';
