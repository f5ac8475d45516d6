import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { describe, expect, it } from '@jest/globals';
import type { CheckedAppend } from '@replicante/event-store';
import { appendAnswer, appendRequest, sizeOnServer } from './append-messages.js';

const ID = '11111111-2222-4333-8444-555555555555';
const append = (expected: number): CheckedAppend => ({
  streamId: 'cluster-a:é',
  expected,
  events: [{ id: ID, type: 'suite.Happened.v1', data: '{"text":"é"}', metadata: '{}' }],
  bytes: 15,
});

/** Over the wire and back. */
const request = (expected: number) =>
  streams.BatchAppendReq.deserializeBinary(appendRequest(ID, append(expected)).serializeBinary());

describe('the message of an append', () => {
  it('carries stream, revision and events as they are', () => {
    const options = request(7).getOptions();
    expect(Buffer.from(options?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe(
      'cluster-a:é',
    );
    expect(options?.getStreamPosition()).toBe('7');
    expect(request(-1).getOptions()?.hasNoStream()).toBe(true);
    const [message] = request(7).getProposedMessagesList();
    expect(message?.getId()?.getString()).toBe(ID);
    expect(Buffer.from(message?.getData_asU8() ?? []).toString()).toBe('{"text":"é"}');
    expect(message?.getMetadataMap().get('content-type')).toBe('application/json');
    expect(request(7).getIsFinal()).toBe(true);
  });

  it('says nothing of the time: the clock of the server may be another', () => {
    expect(request(0).getOptions()?.hasDeadline()).toBe(false);
  });

  it('counts the types of its events, as the server does', () => {
    expect(sizeOnServer(append(0))).toBe(15 + 2 * 'suite.Happened.v1'.length);
  });
});

describe('the answer to an append', () => {
  it('is the revision and the place of the last event', () => {
    const place = new shared.AllStreamPosition().setCommitPosition('4711').setPreparePosition('4000');
    const success = new streams.BatchAppendResp.Success().setCurrentRevision('8').setPosition(place);
    expect(appendAnswer(append(7), new streams.BatchAppendResp().setSuccess(success))).toEqual({
      revision: 8,
      position: '00000000000000004711.00000000000000004711',
    });
  });

  it('leaves the outcome unknown when it says nothing that we know', () => {
    expect(appendAnswer(append(7), new streams.BatchAppendResp())).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    const nowhere = new streams.BatchAppendResp.Success().setCurrentRevision('8');
    expect(appendAnswer(append(7), new streams.BatchAppendResp().setSuccess(nowhere))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
  });
});
