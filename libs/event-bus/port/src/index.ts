export type {
  BusRecord,
  BusSubscription,
  EventBus,
  EventBusCapabilities,
  EventBusErrorCode,
  ReceivedRecord,
  SubscribeOptions,
  TopicConfig,
} from './event-bus.port.js';
export { EventBusError } from './event-bus.port.js';
