export type { KafkaEventBusOptions } from './open-kafka-event-bus.js';
export { openKafkaEventBus } from './open-kafka-event-bus.js';
