export { eventBusContract } from './event-bus.contract.js';
export type { EventBusHarness, EventBusServer, MakeEventBusHarness } from './event-bus-harness.js';
