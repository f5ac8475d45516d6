export type { EventStoreDbEventStoreOptions } from './open-eventstoredb-event-store.js';
export { openEventStoreDbEventStore } from './open-eventstoredb-event-store.js';
