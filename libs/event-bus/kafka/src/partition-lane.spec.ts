import { describe, expect, it } from '@jest/globals';
import type { ReceivedRecord } from '@replicante/event-bus';
import { eventually } from '@replicante/testing';
import { PartitionLane, type PartitionLaneParts } from './partition-lane.js';

const records = (from: number, count: number): ReceivedRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    topic: 't',
    key: 'k',
    value: String(from + i),
    headers: {},
    partition: 0,
    offset: String(from + i),
  }));

function lane(over: Partial<PartitionLaneParts> = {}) {
  const log: string[] = [];
  const made = new PartitionLane({
    after: Promise.resolve(),
    handler: batch => {
      log.push(`${batch[0]?.offset}-${batch.at(-1)?.offset}`);
      return Promise.resolve();
    },
    commit: next => {
      log.push(`commit ${next}`);
      return Promise.resolve();
    },
    mayBegin: () => true,
    hold: () => log.push('hold'),
    release: () => log.push('release'),
    onError: error => log.push(error instanceof Error ? error.message : ''),
    ...over,
  });
  return { lane: made, log };
}

describe('a partition’s lane', () => {
  it('hands on in order, in batches, and commits each', async () => {
    const { lane: it, log } = lane();
    it.push(records(0, 700));
    await eventually(() => log.length === 4, { within: 2_000 });
    expect(log).toEqual(['0-499', 'commit 500', '500-699', 'commit 700']);
    it.push(records(700, 1));
    await eventually(() => log.length === 6, { within: 2_000 });
  });

  it('passes over what it had before', async () => {
    const { lane: it, log } = lane();
    it.push(records(0, 5));
    it.push(records(3, 5));
    await eventually(() => log.includes('commit 8'), { within: 2_000 });
    expect(log.filter(line => !line.startsWith('commit'))).toEqual(['0-7']);
  });

  it('gives the same records again after a handler that threw, and commits none of them', async () => {
    let failing = 2;
    const seen: string[] = [];
    const { lane: it, log } = lane({
      handler: batch => {
        seen.push(batch.map(({ offset }) => offset).join());
        failing -= 1;
        return failing >= 0 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
    });
    it.push(records(0, 2));
    await eventually(() => log.includes('commit 2'), { within: 2_000 });
    expect(seen).toEqual(['0,1', '0,1', '0,1']);
    expect(log).toEqual(['not yet', 'not yet', 'commit 2']);
  });

  it('asks for no more while much is waiting', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>(resolve => (letGo = resolve));
    const { lane: it, log } = lane({ handler: () => held });
    for (let from = 0; from < 4_000; from += 500) it.push(records(from, 500));
    expect(log).toEqual(['hold']);
    letGo();
    await eventually(() => log.includes('commit 4000'), { within: 2_000 });
    expect(log.filter(line => !line.startsWith('commit'))).toEqual(['hold', 'release']);
  });

  it('begins nothing while it cannot be told whose the partition is', async () => {
    let sure = false;
    let asked = 0;
    const { lane: it, log } = lane({
      mayBegin: () => {
        asked += 1;
        return sure;
      },
    });
    it.push(records(0, 1));
    await eventually(() => asked >= 3, { within: 2_000 });
    expect(log).toEqual([]);
    sure = true;
    await eventually(() => log.includes('commit 1'), { within: 2_000 });
  });

  it('begins nothing before an earlier hold of the partition is over', async () => {
    let over: () => void = () => undefined;
    const after = new Promise<void>(resolve => (over = resolve));
    const { lane: it, log } = lane({ after });
    it.push(records(0, 1));
    await Promise.resolve();
    expect(log).toEqual([]);
    over();
    await eventually(() => log.includes('commit 1'), { within: 2_000 });
  });

  it('finishes and commits what is in hand when it is stopped, and begins nothing more', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>(resolve => (letGo = resolve));
    let begun = false;
    const { lane: it, log } = lane({
      handler: () => {
        begun = true;
        return held;
      },
    });
    it.push(records(0, 600));
    await eventually(() => begun, { within: 2_000 });
    const stopped = it.stop();
    it.push(records(600, 1));
    letGo();
    await stopped;
    expect(log).toEqual(['commit 500']);
  });

  it('stops though the handler fails for ever or the commit cannot be told', async () => {
    const failing = lane({ handler: () => Promise.reject(new Error('never')) });
    failing.lane.push(records(0, 1));
    await eventually(() => failing.log.length > 0, { within: 2_000 });
    await failing.lane.stop();
    const untold = lane({ commit: () => Promise.reject(new Error('no answer')) });
    untold.lane.push(records(0, 1));
    await eventually(() => untold.log.includes('no answer'), { within: 2_000 });
    await untold.lane.stop();
    expect(untold.log).toEqual(['0-0', 'no answer']);
  });
});
