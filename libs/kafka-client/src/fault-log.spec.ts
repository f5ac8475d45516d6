import { describe, expect, it } from '@jest/globals';
import { logLevel } from 'kafkajs';
import { faultLog } from './fault-log.js';

const lines = () => {
  const told: string[] = [];
  const tell = (error: unknown) => told.push(error instanceof Error ? error.message : '');
  // As every new client does.
  const say = (message: string, error?: string) =>
    faultLog(tell)({
      namespace: 'Connection',
      level: logLevel.ERROR,
      label: 'ERROR',
      log: { timestamp: '', message, ...(error !== undefined && { error }) },
    });
  return { told, say };
};

describe('what kafkajs logs', () => {
  it('is told once, however often it is tried again', () => {
    const { told, say } = lines();
    for (let retry = 0; retry < 20; retry += 1) say(`Connection error: ECONNREFUSED, retry ${retry}`);
    say('Connection timeout');
    expect(told).toEqual([
      'kafkajs Connection: Connection error: ECONNREFUSED, retry 0',
      'kafkajs Connection: Connection timeout',
    ]);
  });

  it('is left out where the answer itself says that a topic is not there yet, and told of every other request', () => {
    const { told, say } = lines();
    say('Response CreateTopics(key: 19, version: 3)', 'Topic creation errors');
    const unknown = 'This server does not host this topic-partition';
    say('Response Metadata(key: 3, version: 6)', unknown);
    expect(told).toEqual([]);
    say('Response Produce(key: 0, version: 7)', unknown);
    say('Response CreateTopics(key: 19, version: 3)', 'Topic authorization failed');
    expect(told).toHaveLength(2);
  });

  it('is left out where it belongs to every rebalance and start', () => {
    const { told, say } = lines();
    say('Response Heartbeat(key: 12, version: 3)', 'The group is rebalancing, so a rejoin is needed');
    say('The coordinator is loading and hence cannot process requests');
    expect(told).toEqual([]);
  });
});
