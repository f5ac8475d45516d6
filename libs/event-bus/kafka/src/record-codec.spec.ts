import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { decode } from './record-codec.js';

const message = (over: Partial<KafkaMessage>): KafkaMessage => ({
  key: Buffer.from('k'),
  value: Buffer.from('Grüße'),
  timestamp: '0',
  attributes: 0,
  offset: '7',
  headers: {},
  ...(over as object),
});

describe('a record on Kafka', () => {
  it('of ours comes back as it was', () => {
    expect(decode('t', 3, message({ headers: { 'ce-id': Buffer.from('ü') } }))).toEqual({
      record: { topic: 't', key: 'k', value: 'Grüße', headers: { 'ce-id': 'ü' }, partition: 3, offset: '7' },
      foreign: false,
    });
    expect(decode('t', 0, message({ value: null }))).toMatchObject({
      record: { value: null },
      foreign: false,
    });
  });

  it('of somebody else is passed on as text, and marked', () => {
    const garbage = Buffer.from([0xff, 0xfe, 0x00]);
    for (const foreign of [
      message({ key: null }),
      message({ value: garbage }),
      message({ key: garbage }),
      message({ headers: { h: garbage } }),
      message({ headers: { h: [Buffer.from('a'), Buffer.from('b')] } }),
    ]) {
      const decoded = decode('t', 0, foreign);
      expect(decoded.foreign).toBe(true);
      expect(typeof decoded.record.key).toBe('string');
      expect(typeof decoded.record.value).toBe('string');
    }
    expect(
      decode('t', 0, message({ headers: { h: [Buffer.from('a'), Buffer.from('b')] } })).record.headers,
    ).toEqual({
      h: 'b',
    });
  });
});
