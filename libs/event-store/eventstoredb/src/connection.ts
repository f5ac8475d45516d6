import { EventStoreDBClient, type BaseOptions } from '@eventstore/db-client';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { CallOptions, Channel, ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { unavailable } from './client-faults.js';

export type AppendStream = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

/** What the client keeps for its subclasses (6.2.1). `connectionString` makes none, so it is reached by this shape. */
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

/**
 * The client, with what it does well: addresses, TLS, credentials, the way to the leader, a new channel after a loss. Beside
 * it the two calls that we make ourselves, over its channel and with its service definitions.
 */
export class Connection {
  readonly client: EventStoreDBClient;
  readonly #inside: ClientInside;

  /** Throws what the client throws of a connection string that it cannot read. */
  constructor(connectionString: string) {
    this.client = EventStoreDBClient.connectionString(connectionString);
    this.#inside = this.client as unknown as ClientInside;
  }

  /** Proves that a server answers and takes appends in batches; what fails here has sent nothing. */
  async probe(timeoutMs: number): Promise<void> {
    const [metadata, options] = this.#inside.callArguments({ deadline: timeoutMs });
    const supported = await this.#inside.execute(
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
    return this.#inside.GRPCStreamCreator(streams.StreamsClient, 'batchAppend', client =>
      client.batchAppend(...this.#inside.callArguments({ requiresLeader: true }, { deadline: Infinity })),
    )();
  }

  async close(): Promise<void> {
    await this.client.dispose();
    // That ends calls and leaves the channel, whose keep-alive goes on.
    void this.#inside.getChannel().then(
      channel => channel.close(),
      () => undefined, // there is none: no member of the cluster was found
    );
  }
}
