import type { handleClientStreamingCall, handleBidiStreamingCall, handleUnaryCall } from '@grpc/grpc-js';
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  DeleteReq,
  DeleteResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { EventLog, Expected, Write, WriteAnswer } from './event-log.js';
import { identifierOf, nameOf, packedStatus } from './messages.js';
import type { WrittenEvent } from './record-file.js';

/** What the real server takes in one append, types counted as UTF-16. */
const MAX_APPEND_BYTES = 1024 * 1024;

type Proposed = BatchAppendReq.ProposedMessage | AppendReq.ProposedMessage;

interface ExpectedOption {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
}

const expectedOf = (options: ExpectedOption, revision: string): Expected =>
  options.hasNoStream()
    ? -1
    : options.hasAny()
      ? 'any'
      : options.hasStreamExists()
        ? 'stream_exists'
        : Number(revision);

const writtenEvent = (message: Proposed): WrittenEvent => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  json: message.getMetadataMap().get('content-type') === 'application/json',
  data: message.getData_asB64(),
  metadata: message.getCustomMetadata_asB64(),
  created: Date.now(),
});

const bytesOf = (message: Proposed): number =>
  message.getData_asU8().length +
  message.getCustomMetadata_asU8().length +
  2 * (message.getMetadataMap().get('type') ?? '').length;

/** As the server reports them in the trailers of a call. */
function exception(name: string, details: Readonly<Record<string, string>>): ServiceError {
  const metadata = new Metadata();
  metadata.set('exception', name);
  for (const [key, value] of Object.entries(details)) metadata.set(key, value);
  return Object.assign(new Error(name), { code: status.FAILED_PRECONDITION, details: name, metadata });
}

interface Begun {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: WrittenEvent[];
  bytes: number;
}

export function appendService(log: EventLog, isReady: () => boolean) {
  const batchAppend: handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> = call => {
    const begun = new Map<string, Begun>();
    const answer = (id: string, stream: string, fill: (answer: BatchAppendResp) => BatchAppendResp) => {
      const empty = new streams.BatchAppendResp()
        .setCorrelationId(new shared.UUID().setString(id))
        .setStreamIdentifier(identifierOf(stream));
      if (!call.destroyed) call.write(fill(empty));
    };
    call.on('data', (request: BatchAppendReq) => {
      const id = request.getCorrelationId()?.getString() ?? '';
      const options = request.getOptions();
      if (options !== undefined)
        begun.set(id, {
          stream: nameOf(options.getStreamIdentifier()),
          expected: expectedOf(options, options.getStreamPosition()),
          events: [],
          bytes: 0,
        });
      const write = begun.get(id);
      if (write === undefined) return;
      for (const message of request.getProposedMessagesList()) {
        write.events.push(writtenEvent(message));
        write.bytes += bytesOf(message);
      }
      if (write.bytes > MAX_APPEND_BYTES) {
        begun.delete(id);
        const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES);
        const tooLarge = packedStatus(
          'Maximum Append Size Exceeded',
          'event_store.client.MaximumAppendSizeExceeded',
          details.serializeBinary(),
        );
        answer(id, write.stream, empty => empty.setError(tooLarge));
      } else if (request.getIsFinal()) {
        begun.delete(id);
        if (!isReady()) {
          const notReady = packedStatus('Server Is Not Ready', 'google.protobuf.Empty', new Uint8Array());
          answer(id, write.stream, empty => empty.setError(notReady));
        } else
          void log.append(write).then(said => answer(id, write.stream, empty => filled(empty, write, said)));
      }
    });
    call.on('end', () => call.end());
    // The client is gone; what it had sent whole is carried out all the same.
    call.on('error', () => undefined);
  };

  const append: handleClientStreamingCall<AppendReq, AppendResp> = (call, callback) => {
    const write = { stream: '', expected: 'any' as Expected, events: [] as WrittenEvent[], bytes: 0 };
    call.on('data', (request: AppendReq) => {
      const [options, message] = [request.getOptions(), request.getProposedMessage()];
      if (options !== undefined) {
        write.stream = nameOf(options.getStreamIdentifier());
        write.expected = expectedOf(options, options.getRevision());
      }
      if (message === undefined) return;
      write.events.push(writtenEvent(message));
      write.bytes += bytesOf(message);
    });
    call.on('end', () => {
      if (!isReady()) callback({ code: status.UNAVAILABLE, details: 'Server Is Not Ready' });
      else if (write.bytes > MAX_APPEND_BYTES)
        callback(
          exception('maximum-append-size-exceeded', { 'maximum-append-size': String(MAX_APPEND_BYTES) }),
        );
      else
        void log.append(write).then(said => {
          if (said.kind === 'deleted') callback(exception('stream-deleted', { 'stream-name': write.stream }));
          else callback(null, unaryAnswer(said));
        });
    });
    call.on('error', () => undefined);
  };

  const remove = (kind: 'delete' | 'tombstone') => (stream: string, expected: Expected) => {
    const current = log.current(stream);
    if (log.stream(stream) === 'deleted') return exception('stream-deleted', { 'stream-name': stream });
    if (typeof expected === 'number' && expected !== current)
      return exception('wrong-expected-version', {
        'stream-name': stream,
        'expected-version': String(expected),
        'actual-version': String(current),
      });
    return String(log.delete(stream, kind));
  };

  const softDelete: handleUnaryCall<DeleteReq, DeleteResp> = (call, callback) => {
    const options = call.request.getOptions();
    const expected = options ? expectedOf(options, options.getRevision()) : 'any';
    const place = remove('delete')(nameOf(options?.getStreamIdentifier()), expected);
    if (typeof place !== 'string') callback(place);
    else {
      const position = new streams.DeleteResp.Position().setCommitPosition(place).setPreparePosition(place);
      callback(null, new streams.DeleteResp().setPosition(position));
    }
  };
  const tombstone: handleUnaryCall<TombstoneReq, TombstoneResp> = (call, callback) => {
    const options = call.request.getOptions();
    const expected = options ? expectedOf(options, options.getRevision()) : 'any';
    const place = remove('tombstone')(nameOf(options?.getStreamIdentifier()), expected);
    if (typeof place !== 'string') callback(place);
    else {
      const position = new streams.TombstoneResp.Position()
        .setCommitPosition(place)
        .setPreparePosition(place);
      callback(null, new streams.TombstoneResp().setPosition(position));
    }
  };
  return { batchAppend, append, delete: softDelete, tombstone };
}

function filled(empty: BatchAppendResp, write: Write, said: WriteAnswer): BatchAppendResp {
  if (said.kind === 'written') {
    const place = String(said.position);
    return empty.setSuccess(
      new streams.BatchAppendResp.Success()
        .setCurrentRevision(String(said.revision))
        .setPosition(new shared.AllStreamPosition().setCommitPosition(place).setPreparePosition(place)),
    );
  }
  if (said.kind === 'deleted') {
    const details = new shared.StreamDeleted().setStreamIdentifier(identifierOf(write.stream));
    return empty.setError(
      packedStatus('Stream Deleted', 'event_store.client.StreamDeleted', details.serializeBinary()),
    );
  }
  const details = new shared.WrongExpectedVersion();
  if (said.current < 0) details.setCurrentNoStream(new shared.Empty());
  else details.setCurrentStreamRevision(String(said.current));
  if (write.expected === 'any') details.setExpectedAny(new shared.Empty());
  else if (write.expected === 'stream_exists') details.setExpectedStreamExists(new shared.Empty());
  else if (write.expected < 0) details.setExpectedNoStream(new shared.Empty());
  else details.setExpectedStreamPosition(String(write.expected));
  return empty.setError(
    packedStatus(
      'Wrong Expected Version',
      'event_store.client.WrongExpectedVersion',
      details.serializeBinary(),
    ),
  );
}

function unaryAnswer(said: Exclude<WriteAnswer, { kind: 'deleted' }>): AppendResp {
  if (said.kind === 'written') {
    const place = String(said.position);
    const position = new streams.AppendResp.Position().setCommitPosition(place).setPreparePosition(place);
    return new streams.AppendResp().setSuccess(
      new streams.AppendResp.Success().setCurrentRevision(String(said.revision)).setPosition(position),
    );
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (said.current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(said.current));
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
}
