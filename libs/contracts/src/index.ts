export type { ProtoName } from './contract-files.js';
export {
  eventSchemaDirectory,
  graphqlSchemaPath,
  missingContractFiles,
  protoDirectory,
  protoPath,
} from './contract-files.js';
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
