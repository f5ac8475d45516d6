import type { Server } from '@grpc/grpc-js';
import { ServerCredentials } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { ServerGrpc } from '@nestjs/microservices';
import type { ProtoName } from '@replicante/contracts';
import { protoPath } from '@replicante/contracts';
import { HealthImplementation } from 'grpc-health-check';
import { ConfigurationError } from '../configuration-error.js';
import { portRefused } from '../listen.js';
import { MAX_MESSAGE_BYTES, MESSAGE_SHAPE } from './message-shape.js';
import { StrictServer } from './unreadable-request.js';

export interface GrpcServerSettings {
  readonly host: string;
  /** 0: any free one; `address` tells which. */
  readonly port: number;
  /** `{ 'replicante.command.v1': 'command.proto' }`. */
  readonly packages: Readonly<Record<string, ProtoName>>;
  /** Full names, for the health service. */
  readonly services: readonly string[];
  /** How long calls under way may take when it closes; then they are cut. */
  readonly drainMs: number;
}

const CHANNEL = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_concurrent_streams': 1_000,
  // Nobody reads its books, and it keeps them for each call.
  'grpc.enable_channelz': 0,
  // Connections are renewed now and then, so that callers spread again after a replica joined.
  'grpc.max_connection_age_ms': 30 * 60_000,
  'grpc.max_connection_age_grace_ms': 30_000,
};

/** Nest's gRPC transport with reflection, the standard health service, and an ordered end. */
export class GrpcServer extends ServerGrpc {
  readonly #health: HealthImplementation;
  readonly #names: readonly string[];
  #port: number | undefined;

  constructor(private readonly settings: GrpcServerSettings) {
    const names = ['', ...settings.services];
    const health = new HealthImplementation(
      Object.fromEntries(names.map(name => [name, 'NOT_SERVING' as const])),
    );
    super({
      url: `${settings.host}:${settings.port}`,
      package: Object.keys(settings.packages),
      protoPath: Object.values(settings.packages).map(protoPath),
      loader: MESSAGE_SHAPE,
      onLoadPackageDefinition: (definition: PackageDefinition, server: Pick<Server, 'addService'>) => {
        new ReflectionService(definition).addToServer(server);
        health.addToServer(server);
      },
    });
    this.#health = health;
    this.#names = names;
  }

  /** Once it listens. */
  get address(): string {
    if (this.#port === undefined) throw new Error('the gRPC server does not listen yet');
    return `${this.settings.host}:${this.#port}`;
  }

  setServing(serving: boolean): void {
    for (const name of this.#names) this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }

  /** Nest calls it as it begins to listen. Rejects with one sentence when the port is taken. */
  override async createClient(): Promise<Server> {
    const server = new StrictServer(CHANNEL);
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(this.url, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(this.#refused(error)) : resolve(port),
      );
    });
    return server;
  }

  #refused(error: Error): Error {
    const taken = /EADDRINUSE|EACCES/.exec(error.message);
    if (taken) return portRefused(this.settings, taken[0]);
    return new ConfigurationError([`${this.url} cannot be listened on: ${error.message}`]);
  }

  /** No new calls; those under way end within `drainMs` or are cut. */
  override async close(): Promise<void> {
    const server = this.grpcClient as Server | null | undefined;
    if (!server) return;
    this.grpcClient = null;
    this.setServing(false);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, this.settings.drainMs);
    });
    // A watcher of the health service is a call that never ends.
    const drained = new Promise<void>(resolve => server.tryShutdown(() => resolve()));
    await Promise.race([drained, late]);
    clearTimeout(timer);
    server.forceShutdown();
  }
}
