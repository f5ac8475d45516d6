export { MemoryBroker } from './memory-broker.js';
export { memoryEventBus } from './memory-event-bus.adapter.js';
