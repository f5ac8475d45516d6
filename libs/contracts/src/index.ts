export type { ProtoName } from './contract-files.js';
export {
  eventSchemaDirectory,
  graphqlSchemaPath,
  missingContractFiles,
  protoDirectory,
  protoPath,
} from './contract-files.js';
export { grpcTarget } from './grpc-target.js';
export { GRPC_STATUS_NUMBER } from './errors/grpc-status.js';
export type { DecodedRejection, EncodedRejection } from './errors/rejection-status.js';
export {
  decodeRejection,
  encodeRejection,
  ERROR_DOMAIN,
  MAX_DETAILS_BYTES,
  STATUS_DETAILS_KEY,
} from './errors/rejection-status.js';
export type { DecodedManifest } from './manifest/decode-manifest.js';
export { decodeManifest } from './manifest/decode-manifest.js';
export type {
  Manifest,
  ManifestKind,
  NodeActionManifest,
  OrchestratorActionManifest,
} from './manifest/manifest.js';
export { MANIFEST_API_VERSION, MANIFEST_KINDS } from './manifest/manifest.js';
export type { CloudEvent, PublishableEvent } from './events/cloud-event.js';
export {
  CLOUD_EVENT_CONTENT_TYPE,
  cloudEvent,
  CYCLE_SAMPLE_TYPE,
  sampleCloudEvent,
  schemaId,
} from './events/cloud-event.js';
export { eventSchemas } from './events/event-schemas.js';
export type { DataOf, PublishedEvent, PublishedEventType } from './events/published-event.js';
export type { TopicAddress, TopicName } from './events/topics.js';
export { sampleKey, topicAddress, TOPICS } from './events/topics.js';
export type { JsonSchema } from './events/typed-schema.js';
export { PUBLISHED_EVENT_TYPES, upstreamCode } from './events/upstream-code.js';
