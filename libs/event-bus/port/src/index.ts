export { checkRecords, checkSameTopic, checkTopics, MAX_RECORD_BYTES } from './checked-records.js';
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
export { murmur2, partitionOf } from './key-partition.js';
