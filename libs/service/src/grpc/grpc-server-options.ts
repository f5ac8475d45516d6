import type { Server } from '@grpc/grpc-js';
import type { Options, PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import type { GrpcOptions } from '@nestjs/microservices';
import { Transport } from '@nestjs/microservices';
import type { ProtoName } from '@replicante/contracts';
import { protoDirectory, protoPath } from '@replicante/contracts';
import { HealthImplementation } from 'grpc-health-check';

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

export interface GrpcServerSettings {
  readonly host: string;
  readonly port: number;
  /** `{ 'replicante.command.v1': 'command.proto' }`. */
  readonly packages: Readonly<Record<string, ProtoName>>;
  readonly services: readonly string[];
}

/** Options of a Nest gRPC microservice with reflection and the standard health service. */
export function grpcServerOptions(settings: GrpcServerSettings): {
  readonly options: GrpcOptions;
  /** What `grpc.health.v1` answers for each service and for the whole. */
  readonly setServing: (serving: boolean) => void;
} {
  const names = ['', ...settings.services];
  const health = new HealthImplementation(
    Object.fromEntries(names.map(name => [name, 'NOT_SERVING' as const])),
  );
  const options: GrpcOptions = {
    transport: Transport.GRPC,
    options: {
      url: `${settings.host}:${settings.port}`,
      package: Object.keys(settings.packages),
      protoPath: Object.values(settings.packages).map(protoPath),
      loader: MESSAGE_SHAPE,
      maxReceiveMessageLength: MAX_MESSAGE_BYTES,
      maxSendMessageLength: MAX_MESSAGE_BYTES,
      keepalive: { keepaliveTimeMs: 20_000, keepaliveTimeoutMs: 10_000, keepalivePermitWithoutCalls: 1 },
      channelOptions: {
        'grpc.max_concurrent_streams': 1_000,
        // Connections are renewed now and then, so that callers spread again after a replica joined.
        'grpc.max_connection_age_ms': 30 * 60_000,
        'grpc.max_connection_age_grace_ms': 30_000,
      },
      onLoadPackageDefinition: (definition: PackageDefinition, server: Pick<Server, 'addService'>) => {
        new ReflectionService(definition).addToServer(server);
        health.addToServer(server);
      },
    },
  };
  return {
    options,
    setServing: serving => {
      for (const name of names) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    },
  };
}
