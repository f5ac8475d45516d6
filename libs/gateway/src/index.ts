export type { ToCloudEvent } from './gateway.projection.js';
export { gatewayProjection } from './gateway.projection.js';
export type { GatewayCheckpoints } from './gateway.sink.js';
export { gatewaySink } from './gateway.sink.js';
export type { GatewayTopicOptions } from './topics.js';
export { addressOf, GATEWAY_STREAM_PREFIXES, gatewayTopics } from './topics.js';
