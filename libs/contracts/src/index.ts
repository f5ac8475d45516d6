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
