export type { PlatformAttempt, PlatformFence } from './attempt-headers.js';
export {
  ADVERTISES_KEYS,
  PLATFORM_HEADERS,
  REFUSED_AS_FENCED,
  attemptHeaders,
  compareFences,
  formatFence,
  parseFence,
} from './attempt-headers.js';
export type { DecodedDiscovery, RejectedCluster } from './decode-answers.js';
export { decodeDiscovery, decodeProvisionAnswer } from './decode-answers.js';
export { decodeDeprovisionRequest, decodeProvisionRequest } from './decode-requests.js';
export { platformError, readPlatformError } from './error-document.js';
export type { Decoded, FieldProblem } from './json-reader.js';
export type { NoAnswerReason, NotSentReason, PlatformResult } from './platform-answer.js';
export { describePlatformResult } from './platform-answer.js';
export type { Discovery, EffectOptions, PlatformCallOptions } from './platform-client.js';
export { PlatformClient } from './platform-client.js';
export type { PlatformConnectionsOptions, PlatformTarget } from './platform-connections.js';
export { PlatformConnections } from './platform-connections.js';
export type {
  DeprovisionRequest,
  DiscoverAnswer,
  DiscoveredCluster,
  DiscoveredNode,
  PlatformErrorDocument,
  ProvisionAnswer,
  ProvisionCluster,
  ProvisionGroup,
  ProvisionRequest,
} from './wire.js';
