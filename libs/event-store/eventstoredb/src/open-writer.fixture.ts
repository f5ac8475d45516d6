import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { credentials } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';

/**
 * What comes nearest to a transaction that has written and stays open: an append of which the server has the first part, and
 * for whose end it waits.
 */
export async function openWriter(server: { readonly host: string; readonly port: number }) {
  const client = new streamsGrpc.StreamsClient(`${server.host}:${server.port}`, credentials.createInsecure());
  const append = client.batchAppend();
  // It is cancelled at the end.
  append.on('error', () => undefined);
  append.on('data', () => undefined);
  const options = new streams.BatchAppendReq.Options()
    .setStreamIdentifier(
      new shared.StreamIdentifier().setStreamName(Buffer.from(`elsewhere-${randomUUID()}`)),
    )
    .setNoStream(new shared.Empty());
  const message = new streams.BatchAppendReq.ProposedMessage()
    .setId(new shared.UUID().setString(randomUUID()))
    .setData(Buffer.from('{}'));
  message.getMetadataMap().set('type', 'suite.Begun.v1').set('content-type', 'application/json');
  await new Promise<void>(sent =>
    append.write(
      new streams.BatchAppendReq()
        .setCorrelationId(new shared.UUID().setString(randomUUID()))
        .setOptions(options)
        .setProposedMessagesList([message])
        .setIsFinal(false),
      () => sent(),
    ),
  );
  return {
    close: async (): Promise<void> => {
      append.cancel();
      client.close();
    },
  };
}
