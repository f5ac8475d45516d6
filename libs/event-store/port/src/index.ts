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
