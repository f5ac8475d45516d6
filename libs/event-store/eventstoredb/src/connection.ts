import { EventStoreDBClient, type BaseOptions } from '@eventstore/db-client';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { CallOptions, Channel, ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { unavailable } from './client-faults.js';

export type AppendStream = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

/** Members that the client keeps for its own subclasses; `open` makes none, so they are reached by this shape. */
interface ClientInside {
  GRPCStreamCreator<C, T>(
    service: new (...of: never[]) => C,
    name: string,
    create: (client: C) => T,
  ): () => Promise<T>;
  execute<C, T>(
    service: new (...of: never[]) => C,
    name: string,
    call: (client: C) => Promise<T>,
  ): Promise<T>;
  callArguments(options: BaseOptions, call?: CallOptions): [Metadata, CallOptions];
  getChannel(): Promise<Channel>;
}

/** Without answers for so long, the connection is made anew rather than waited for. */
const RENEW_AFTER_MS = 3_000;
/** The client's own defaults of both keep-alive times. */
const KEEP_ALIVE_MS = 10_000;

/**
 * The client, with what it does well: addresses, TLS, credentials, the way to the leader, a new channel after a loss.
 *
 * It is replaced by a fresh one while the server does not answer: gRPC keeps one connection per address and settings for the
 * whole process and waits up to two minutes between its tries, of which an outage of some minutes would cost us the last.
 */
export class Connection {
  #client: EventStoreDBClient;
  #made = 0;
  #silentSince: number | undefined;

  constructor(private readonly connectionString: string) {
    this.#client = EventStoreDBClient.connectionString(connectionString);
  }

  get client(): EventStoreDBClient {
    return this.#client;
  }

  /** To be told of every answer and every failure to get one. */
  answered(): void {
    this.#silentSince = undefined;
  }
  unanswered(): void {
    const now = performance.now();
    this.#silentSince ??= now;
    if (now - this.#silentSince < RENEW_AFTER_MS) return;
    this.#silentSince = now;
    const old = this.#client;
    this.#made += 1;
    this.#client = EventStoreDBClient.connectionString(anew(this.connectionString, this.#made));
    closeChannel(old);
  }

  /** Proves that a server answers and takes appends in batches; what fails here has sent nothing. */
  async probe(timeoutMs: number): Promise<void> {
    const inside = insideOf(this.#client);
    const [metadata, options] = inside.callArguments({ deadline: timeoutMs });
    const supported = await inside.execute(
      features.ServerFeaturesClient,
      'getSupportedMethods',
      client =>
        new Promise<SupportedMethods>((resolve, reject) => {
          client.getSupportedMethods(new shared.Empty(), metadata, options, (error, methods) =>
            error ? reject(error) : resolve(methods),
          );
        }),
    );
    const names = supported.getMethodsList().map(method => method.getMethodName().toLowerCase());
    if (!names.includes('batchappend'))
      throw unavailable(new Error(`${supported.getEventStoreServerVersion()} is too old: 22.10 is needed`));
  }

  /** A stream for many appends. Credentials come from the connection string, as with every call. */
  openAppendStream(): Promise<AppendStream> {
    const inside = insideOf(this.#client);
    return inside.GRPCStreamCreator(streams.StreamsClient, 'batchAppend', client =>
      client.batchAppend(...inside.callArguments({ requiresLeader: true }, { deadline: Infinity })),
    )();
  }

  async close(): Promise<void> {
    await this.#client.dispose();
    closeChannel(this.#client);
  }
}

const insideOf = (client: EventStoreDBClient): ClientInside => client as unknown as ClientInside;

/** `dispose` ends calls and leaves the channel, whose keep-alive goes on. */
function closeChannel(client: EventStoreDBClient): void {
  void insideOf(client)
    .getChannel()
    .then(
      channel => channel.close(),
      () => undefined, // there is none: no member of the cluster was found
    );
}

/** The same address under settings that differ by milliseconds: gRPC takes it for another and tries at once. */
function anew(connectionString: string, times: number): string {
  const given = /([?&]keepAliveInterval=)(-?\d+)/i.exec(connectionString);
  const interval = Number(given?.[2] ?? KEEP_ALIVE_MS);
  // Switched off (-1): the time-out says nothing then, and serves as well.
  const [name, value] = interval < 0 ? ['keepAliveTimeout', KEEP_ALIVE_MS] : ['keepAliveInterval', interval];
  const bare = connectionString.replace(new RegExp(`([?&])${name}=-?\\d+&?`, 'i'), '$1').replace(/[?&]$/, '');
  return `${bare}${bare.includes('?') ? '&' : '?'}${name}=${value + (times % 1_000)}`;
}
