import { describe, expect, it } from '@jest/globals';
import { PartitionSet } from './partition-set.js';

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
};

function set(
  behaviour: { assign?: (partition: number) => Promise<void>; giveBack?: () => Promise<void> } = {},
) {
  const log: string[] = [];
  const partitions = new PartitionSet({
    backend: {
      giveBack: async partition => {
        log.push(`give back ${partition}`);
        await behaviour.giveBack?.();
      },
    },
    callbacks: {
      onAssigned: async partition => {
        log.push(`assigned ${partition}`);
        await behaviour.assign?.(partition);
      },
      onRevoked: async partition => {
        log.push(`revoked ${partition}`);
      },
    },
    onError: () => log.push('error'),
    onOpened: () => log.push('opened'),
    onLost: partition => log.push(`lost ${partition}`),
    drain: async partition => {
      log.push(`drained ${partition}`);
    },
  });
  return { log, partitions };
}

const owning = (share: number, ...assigned: [partition: number, grant: number][]) => ({
  share,
  assignments: assigned.map(([partition, grant]) => ({ partition, grant })),
});

describe('a partition', () => {
  it('is opened once, after its assignment, however many beats show it', async () => {
    const { log, partitions } = set();
    partitions.apply(owning(1, [3, 1]));
    expect(partitions.open()).toEqual([]);
    await settle();
    partitions.apply(owning(1, [3, 1]));
    await settle();
    expect(log).toEqual(['assigned 3', 'opened']);
    expect(partitions.open()).toEqual([3]);
  });

  it('that was lost and had again between two beats is revoked and assigned anew', async () => {
    const { log, partitions } = set();
    partitions.apply(owning(1, [3, 1]));
    await settle();
    partitions.apply(owning(1, [3, 2]));
    await settle();
    expect(log).toEqual(['assigned 3', 'opened', 'lost 3', 'revoked 3', 'assigned 3', 'opened']);
  });

  it('that is lost while its assignment runs is revoked after it, and never opened', async () => {
    let go: () => void = () => undefined;
    const { log, partitions } = set({ assign: () => new Promise(resolve => (go = resolve)) });
    partitions.apply(owning(1, [3, 1]));
    await settle();
    partitions.apply(owning(1));
    await settle();
    expect(log).toEqual(['assigned 3', 'lost 3']);
    go();
    await settle();
    expect(log).toEqual(['assigned 3', 'lost 3', 'revoked 3']);
  });

  it('above the share is drained, given back and then revoked', async () => {
    const { log, partitions } = set();
    partitions.apply(owning(2, [3, 1], [4, 1]));
    await settle();
    log.length = 0;
    partitions.apply(owning(1, [3, 1], [4, 1]));
    await settle();
    expect(log).toEqual(['drained 4', 'give back 4', 'revoked 4']);
    expect(partitions.assigned()).toEqual([3]);
  });

  it('that was given back is not assigned again by a beat that crossed it, and is given back again if it stays', async () => {
    const { log, partitions } = set();
    partitions.apply(owning(2, [3, 1], [4, 1]));
    await settle();
    partitions.apply(owning(1, [3, 1], [4, 1]));
    await settle();
    log.length = 0;
    partitions.apply(owning(1, [3, 1], [4, 1]));
    await settle();
    expect(log).toEqual([]);
    partitions.apply(owning(1, [3, 1], [4, 1]));
    await settle();
    expect(log).toEqual(['give back 4']);
    partitions.apply(owning(1, [3, 1]));
    partitions.apply(owning(2, [3, 1], [4, 2]));
    await settle();
    expect(log).toEqual(['give back 4', 'assigned 4', 'opened']);
  });

  it('whose assignment is rejected is given back, not revoked, and left to others for a while', async () => {
    const { log, partitions } = set({ assign: () => Promise.reject(new Error('no lease')) });
    partitions.apply(owning(1, [3, 1]));
    await settle();
    expect(log).toEqual(['assigned 3', 'error', 'give back 3']);
    expect(partitions.avoided()).toEqual([3]);
    expect(partitions.assigned()).toEqual([]);
  });

  it('is lost with all others when the consumer was not heard of', async () => {
    const { log, partitions } = set();
    partitions.apply(owning(2, [3, 1], [4, 1]));
    await settle();
    log.length = 0;
    partitions.loseAll();
    await partitions.settled();
    expect(log).toEqual(['lost 3', 'lost 4', 'revoked 3', 'revoked 4']);
  });
});
