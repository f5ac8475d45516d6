import { describe, expect, it } from '@jest/globals';
import { faultOf, isPassing, KafkaClientError } from './kafka-fault.js';

const protocol = (type: string) => Object.assign(new Error(type), { type });
const wrapped = (cause: Error) => new Error('retries exceeded', { cause: new Error('wrapped', { cause }) });

describe('a failure of kafkajs', () => {
  it('is about the topic or the record when the broker says so, however deep it is wrapped', () => {
    expect(faultOf(wrapped(protocol('UNKNOWN_TOPIC_OR_PARTITION')))).toBe('TOPIC_UNKNOWN');
    expect(faultOf(wrapped(protocol('MESSAGE_TOO_LARGE')))).toBe('RECORD_REFUSED');
    expect(faultOf(wrapped(new KafkaClientError('TOPIC_CHANGED', 'grown')))).toBe('TOPIC_CHANGED');
  });

  it('is an outage when nothing else is known', () => {
    for (const error of [new Error('x'), protocol('OUT_OF_ORDER_SEQUENCE_NUMBER'), 'text', undefined])
      expect(faultOf(error)).toBe('UNAVAILABLE');
  });

  it('passes by itself while coordinators load and groups rebalance', () => {
    expect(isPassing(wrapped(protocol('GROUP_LOAD_IN_PROGRESS')))).toBe(true);
    expect(isPassing(wrapped(protocol('REBALANCE_IN_PROGRESS')))).toBe(true);
    expect(isPassing(wrapped(protocol('MESSAGE_TOO_LARGE')))).toBe(false);
    expect(isPassing(new Error('x'))).toBe(false);
  });

  it('is read to its end though its causes run in a circle', () => {
    const error = new Error('a');
    error.cause = error;
    expect(faultOf(error)).toBe('UNAVAILABLE');
  });
});
