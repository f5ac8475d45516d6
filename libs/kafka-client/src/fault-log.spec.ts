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

  it('is left out where it belongs to every rebalance and start', () => {
    const { told, say } = lines();
    say('Response Heartbeat(key: 12, version: 3)', 'The group is rebalancing, so a rejoin is needed');
    say('The coordinator is loading and hence cannot process requests');
    expect(told).toEqual([]);
  });
});
