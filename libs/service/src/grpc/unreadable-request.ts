import type {
  handleUnaryCall,
  MethodDefinition,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Server } from '@grpc/grpc-js';
import { isAscii } from 'node:buffer';
import { toGrpcRefusal } from './grpc-rejection.js';

/** Stands in the place of a request whose bytes are no message. */
class Unreadable {
  constructor(readonly why: string) {}
}

/**
 * A server that refuses bytes that are no message, or no UTF-8, as INVALID_REQUEST. grpc-js answers the first with a
 * bare INTERNAL, as if the defect were ours, and puts U+FFFD in the place of the second, which would be recorded.
 */
export class StrictServer extends Server {
  override addService(service: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    const strict: Record<string, MethodDefinition<object, object>> = {};
    const handlers: UntypedServiceImplementation = {};
    for (const [name, method] of Object.entries<MethodDefinition<object, object>>(service)) {
      const { originalName } = method;
      const found =
        implementation[name] ?? (originalName === undefined ? undefined : implementation[originalName]);
      const unary = !method.requestStream && !method.responseStream;
      strict[name] = unary ? { ...method, requestDeserialize: reading(method) } : method;
      if (found) handlers[name] = unary ? refusing(found.bind(implementation)) : found.bind(implementation);
    }
    super.addService(strict, handlers);
  }
}

const reading =
  ({ requestDeserialize }: MethodDefinition<object, object>) =>
  (bytes: Buffer): object => {
    try {
      const message = requestDeserialize(bytes);
      // Of ASCII no text can be anything but UTF-8; the walk through the message costs more than decoding it.
      if (isAscii(bytes)) return message;
      const replaced = replacements(message);
      if (replaced === 0 || occurrences(bytes, REPLACEMENT) >= replaced) return message;
      return new Unreadable('its texts are not UTF-8');
    } catch (error) {
      return new Unreadable(error instanceof Error ? error.message : String(error));
    }
  };

type Unary = handleUnaryCall<object, object>;

const refusing = (handle: UntypedHandleCall): UntypedHandleCall => {
  const unary = handle as Unary;
  const strict: Unary = (call, callback) => {
    if (!(call.request instanceof Unreadable)) return unary(call, callback);
    callback(
      toGrpcRefusal({
        code: 'INVALID_REQUEST',
        message: `the request is not a message of this method: ${call.request.why}`,
        violations: [
          { field: '', description: 'must be the protobuf message that the published .proto names' },
        ],
      }),
    );
  };
  return strict;
};

const REPLACEMENT = Buffer.from('\uFFFD');

/** A client may write U+FFFD itself; then its bytes are there as often as it is. */
function replacements(value: unknown): number {
  if (typeof value === 'string') return value.split('\uFFFD').length - 1;
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return 0;
  return Object.values(value).reduce<number>((sum, member) => sum + replacements(member), 0);
}

function occurrences(bytes: Buffer, of: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(of); at >= 0; at = bytes.indexOf(of, at + of.length)) count += 1;
  return count;
}
