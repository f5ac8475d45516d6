import type { Options } from '@grpc/proto-loader';
import { protoDirectory } from '@replicante/contracts';

/** One shape of messages on both sides: snake_case as in the proto, defaults filled in, 64-bit numbers as text. */
export const MESSAGE_SHAPE: Options = {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
  includeDirs: [protoDirectory],
};

/** An observation of a large cluster with its slack; what a user sends is far below. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
