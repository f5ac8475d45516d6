export type { Checkpoint, CheckpointAnchor } from './checkpoint.js';
export type { SubscriptionErrorCode } from './subscription-error.js';
export { SubscriptionError } from './subscription-error.js';
export type { Poison, SinkBatch, SubscriptionPhase, SubscriptionSink } from './subscription-sink.port.js';
export type { SubscriptionObserver, SubscriptionOptions, SubscriptionState } from './subscription.js';
export { Subscription } from './subscription.js';
export { verifyStore } from './verify-store.js';
