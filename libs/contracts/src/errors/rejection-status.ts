import type { AnyDefinition, MessageTypeDefinition } from '@grpc/proto-loader';
import { loadSync } from '@grpc/proto-loader';
import type { ErrorCode, FieldViolation, Rejection } from '@replicante/kernel';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import { protoDirectory } from '../contract-files.js';
import { GRPC_STATUS_NUMBER } from './grpc-status.js';

/** Domain of our `ErrorInfo.reason` codes. */
export const ERROR_DOMAIN = 'replicante.io';
/** Trailing metadata key that carries the serialised `google.rpc.Status`. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';
/** gRPC refuses metadata beyond 8 KiB by default: details are cut so that code and message always arrive. */
export const MAX_DETAILS_BYTES = 6_000;

/** A rejection as a gRPC error: `code` and `message` of the status, `details` for `STATUS_DETAILS_KEY`. */
export interface EncodedRejection {
  readonly code: number;
  readonly message: string;
  readonly details: Buffer;
}

/** What a client reads from a gRPC error. `code` is `null` when the other side is not ours (a proxy, a dead socket). */
export interface DecodedRejection {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly violations: readonly FieldViolation[];
  readonly details: Readonly<Record<string, string>>;
}

interface WireAny {
  readonly type_url: string;
  readonly value: Buffer;
}
interface WireStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly WireAny[];
}
interface WireErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}
interface WireBadRequest {
  readonly field_violations: readonly FieldViolation[];
}

const loaded = loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'], {
  includeDirs: [protoDirectory],
  keepCase: true,
  defaults: true,
  arrays: true,
  objects: true,
});

interface Codec<T> {
  readonly serialize: (value: T) => Buffer;
  readonly deserialize: (bytes: Buffer) => T;
}
const isMessage = (
  definition: AnyDefinition | undefined,
): definition is MessageTypeDefinition<object, object> =>
  definition?.format === 'Protocol Buffer 3 DescriptorProto';

/** The message's codec; a proto without it is a broken package, said at load and not at the first error. */
function codec<T extends object>(name: string): Codec<T> {
  const definition = loaded[name];
  if (!isMessage(definition)) throw new Error(`the protos of @replicante/contracts do not define ${name}`);
  return {
    serialize: value => definition.serialize(value),
    deserialize: bytes => definition.deserialize(bytes) as T,
  };
}
const status = codec<WireStatus>('google.rpc.Status');
const errorInfo = codec<WireErrorInfo>('google.rpc.ErrorInfo');
const badRequest = codec<WireBadRequest>('google.rpc.BadRequest');

const ERROR_INFO_URL = 'type.googleapis.com/google.rpc.ErrorInfo';
const BAD_REQUEST_URL = 'type.googleapis.com/google.rpc.BadRequest';

const text = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null');
const cut = (value: string, length: number): string =>
  value.length <= length ? value : `${value.slice(0, length - 1)}…`;

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CATALOGUE, code);

/**
 * A refusal as `google.rpc.Status` with `ErrorInfo` (reason: our code) and `BadRequest`. Pure.
 * Violations beyond what metadata may carry are left out and counted in `ErrorInfo.metadata.violations_left_out`.
 */
export function encodeRejection(rejection: Rejection): EncodedRejection {
  const code = GRPC_STATUS_NUMBER[ERROR_CATALOGUE[rejection.code].grpc];
  const message = cut(rejection.message, 1_000);
  const metadata = Object.fromEntries(
    Object.entries(rejection.details ?? {}).map(([key, value]) => [key, cut(text(value), 500)]),
  );
  const violations = rejection.violations ?? [];
  const build = (kept: number, data: Readonly<Record<string, string>>): Buffer => {
    const leftOut = violations.length - kept;
    const info = {
      reason: rejection.code,
      domain: ERROR_DOMAIN,
      metadata: leftOut > 0 ? { ...data, violations_left_out: String(leftOut) } : data,
    };
    const field_violations = violations
      .slice(0, kept)
      .map(v => ({ field: cut(v.field, 300), description: cut(v.description, 500) }));
    const details = [{ type_url: ERROR_INFO_URL, value: errorInfo.serialize(info) }];
    if (kept > 0)
      details.push({ type_url: BAD_REQUEST_URL, value: badRequest.serialize({ field_violations }) });
    return status.serialize({ code, message, details });
  };
  for (let kept = violations.length; kept > 0; kept = Math.floor(kept * 0.75)) {
    const details = build(kept, metadata);
    if (details.length <= MAX_DETAILS_BYTES) return { code, message, details };
  }
  const bare = build(0, metadata);
  return { code, message, details: bare.length <= MAX_DETAILS_BYTES ? bare : build(0, {}) };
}

/** The reverse, tolerant: details that are missing or not ours leave `code: null` and the plain message. Never throws. */
export function decodeRejection(error: {
  readonly message: string;
  readonly details?: Uint8Array | undefined;
}): DecodedRejection {
  const unknown = { code: null, message: error.message, violations: [], details: {} };
  if (error.details === undefined) return unknown;
  try {
    const decoded = status.deserialize(Buffer.from(error.details));
    const find = (url: string): Buffer | undefined => decoded.details.find(d => d.type_url === url)?.value;
    const infoBytes = find(ERROR_INFO_URL);
    const badBytes = find(BAD_REQUEST_URL);
    const info = infoBytes === undefined ? undefined : errorInfo.deserialize(Buffer.from(infoBytes));
    const bad = badBytes === undefined ? undefined : badRequest.deserialize(Buffer.from(badBytes));
    return {
      code: info?.domain === ERROR_DOMAIN && isErrorCode(info.reason) ? info.reason : null,
      message: decoded.message === '' ? error.message : decoded.message,
      violations: (bad?.field_violations ?? []).map(({ field, description }) => ({ field, description })),
      details: info?.metadata ?? {},
    };
  } catch (cause) {
    // Bytes of somebody else under the standard key: what remains is the status line, with a word on why.
    return {
      ...unknown,
      details: { details_unreadable: cause instanceof Error ? cause.message : String(cause) },
    };
  }
}
