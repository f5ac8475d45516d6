export { eventStoreContract } from './event-store.contract.js';
export type {
  EventStoreHarness,
  EventStoreServer,
  HeldLine,
  MakeEventStoreHarness,
} from './event-store-harness.js';
export { TcpLink } from './tcp-link.js';
