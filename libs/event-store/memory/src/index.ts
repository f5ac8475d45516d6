export { MemoryEventLog } from './memory-event-log.js';
export { memoryEventStore } from './memory-event-store.adapter.js';
