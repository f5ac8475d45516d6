import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { EventStoreError } from '@replicante/event-store';
import type { AppendResult, CheckedAppend } from '@replicante/event-store';
import { outcomeUnknown } from './client-faults.js';
import { positionOf } from './log-position.js';

export type AppendAnswer = AppendResult | EventStoreError;

/** Bytes that the server counts for an event beside data and metadata: its type, in UTF-16. */
export const typeBytes = (type: string): number => 2 * type.length;

/** What the server counts against its limit. */
export const sizeOnServer = ({ bytes, events }: CheckedAppend): number =>
  events.reduce((sum, event) => sum + typeBytes(event.type), bytes);

const uuid = (text: string) => new shared.UUID().setString(text);
const streamName = (name: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(name, 'utf8'));

/**
 * One append as one message. Without the deadline that the client would put in: it is a time of the wall clock, and a server
 * whose clock is ahead of ours would refuse every append.
 */
export function appendRequest(correlationId: string, append: CheckedAppend): BatchAppendReq {
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(streamName(append.streamId));
  if (append.expected < 0) options.setNoStream(new shared.Empty());
  else options.setStreamPosition(String(append.expected));
  const messages = append.events.map(event => {
    const message = new streams.BatchAppendReq.ProposedMessage()
      .setId(uuid(event.id))
      .setData(Buffer.from(event.data, 'utf8'))
      .setCustomMetadata(Buffer.from(event.metadata, 'utf8'));
    message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
    return message;
  });
  return new streams.BatchAppendReq()
    .setCorrelationId(uuid(correlationId))
    .setOptions(options)
    .setProposedMessagesList(messages)
    .setIsFinal(true);
}

/** What the server said of one append. Nothing is thrown: a conflict, or an odd answer, fails its own caller alone. */
export function appendAnswer(append: CheckedAppend, answer: BatchAppendResp): AppendAnswer {
  try {
    return answerOf(append, answer);
  } catch (error) {
    return outcomeUnknown(error);
  }
}

function answerOf(append: CheckedAppend, answer: BatchAppendResp): AppendAnswer {
  const success = answer.getSuccess();
  if (success === undefined) return refusal(append, answer);
  const revision = Number(success.getCurrentRevision());
  // The log position of the last event, of a repeat too; such events are their own commit.
  const commit = success.getPosition()?.getCommitPosition();
  if (commit === undefined) return outcomeUnknown(new Error('the server did not tell where the events lie'));
  const place = BigInt(commit);
  return { revision, position: positionOf({ commit: place, prepare: place }) };
}

/** Errors travel as packed messages; their names are the server's. */
function refusal(append: CheckedAppend, answer: BatchAppendResp): EventStoreError {
  const status = answer.getError();
  const details = status?.getDetails();
  const said = status?.getMessage() ?? 'nothing';
  switch (details?.getTypeName()) {
    case 'event_store.client.WrongExpectedVersion': {
      const name = 'event_store.client.WrongExpectedVersion';
      return conflict(
        append,
        details.unpack(bytes => shared.WrongExpectedVersion.deserializeBinary(bytes), name),
      );
    }
    case 'event_store.client.StreamDeleted':
      return new EventStoreError('STREAM_DELETED', `${append.streamId} was deleted for ever`);
    case 'event_store.client.MaximumAppendSizeExceeded':
      return new EventStoreError('APPEND_TOO_LARGE', `${sizeOnServer(append)} bytes: the server takes fewer`);
    case 'event_store.client.AccessDenied':
      return new EventStoreError('UNAVAILABLE', 'event store: these credentials may not append');
    case 'event_store.client.BadRequest':
      return new EventStoreError('EVENT_INVALID', `refused by the server: ${said}`);
    // So the server says that it did not look at the append: not ready yet, too busy, or not the leader.
    case 'google.protobuf.Empty':
      return new EventStoreError('UNAVAILABLE', `event store: ${said}`);
    // A server that gave up waiting for its own commit, or does not know, may still commit.
    default:
      return outcomeUnknown(new Error(`the server said ${details?.getTypeName() ?? said}`));
  }
}

function conflict(
  append: CheckedAppend,
  details: { hasCurrentStreamRevision(): boolean; getCurrentStreamRevision(): string } | null,
): EventStoreError {
  const actual = details?.hasCurrentStreamRevision()
    ? Number(details.getCurrentStreamRevision())
    : 'no_stream';
  const expected = append.expected < 0 ? 'no_stream' : append.expected;
  return new EventStoreError(
    'WRONG_EXPECTED_REVISION',
    `${append.streamId} is at ${actual}, where ${expected} was expected`,
    { actual },
  );
}
