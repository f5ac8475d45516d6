import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { loadSync } from '@grpc/proto-loader';
import type { ProtoName } from '@replicante/contracts';
import { grpcTarget, protoPath } from '@replicante/contracts';
import { RejectedError } from '@replicante/kernel';
import { fromGrpcError } from './grpc-rejection.js';
import { MAX_MESSAGE_BYTES, MESSAGE_SHAPE } from './message-shape.js';

export interface CallOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** Unary calls of one gRPC service. */
export interface GrpcClient {
  /** Rejects with a `RejectedError`: the service's code, `SERVICE_UNAVAILABLE`, or `OUTCOME_UNKNOWN` after the deadline. */
  call<Response>(method: string, request: object, options: CallOptions): Promise<Response>;
  close(): void;
}

export interface GrpcClientOptions {
  /** `host:port`, or several `ip:port` with commas between them. */
  readonly address: string;
  readonly proto: ProtoName;
  /** `replicante.command.v1.CommandService`. */
  readonly service: string;
  /** Secret; travels as `authorization: Bearer …` with every call. */
  readonly token?: string;
}

/** Connects lazily and again by itself; nothing is retried here: the caller knows what may be repeated. */
export function openGrpcClient({ address, proto, service, token }: GrpcClientOptions): GrpcClient {
  const definition = loadSync(protoPath(proto), MESSAGE_SHAPE)[service];
  if (definition === undefined || 'format' in definition)
    throw new Error(`${proto} does not define ${service}`);
  const methods: ServiceDefinition = definition;
  const { target, serviceConfig } = grpcTarget(address);
  const client = new Client(target, credentials.createInsecure(), {
    'grpc.service_config': serviceConfig,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    // gRPC's default waits up to two minutes between two tries: too long after a restart on the same host.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.enable_retries': 0,
  });
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return {
    call: <Response>(method: string, request: object, options: CallOptions) => {
      const found = methods[method];
      if (found === undefined) return Promise.reject(new Error(`${service} has no method ${method}`));
      return unary<Response>(client, found, { request, metadata }, options);
    },
    close: () => client.close(),
  };
}

function unary<Response>(
  client: Client,
  method: MethodDefinition<object, object>,
  { request, metadata }: { readonly request: object; readonly metadata: Metadata },
  { deadlineMs, signal }: CallOptions,
): Promise<Response> {
  if (signal?.aborted)
    return Promise.reject(
      new RejectedError({ code: 'SERVICE_UNAVAILABLE', message: 'aborted before the call' }),
    );
  return new Promise((resolve, reject) => {
    const answered = (error: ServiceError | null, response?: object): void => {
      signal?.removeEventListener('abort', abort);
      if (error) reject(fromGrpcError(error));
      else resolve(response as Response);
    };
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      { deadline: Date.now() + deadlineMs },
      answered,
    );
    const abort = (): void => call.cancel();
    signal?.addEventListener('abort', abort);
  });
}
