import type { EndReason, QueueStatistics } from '@replicante/task-queue';

const ENDS: readonly EndReason[] = ['executed', 'superseded', 'expired', 'abandoned', 'dead_lettered'];

/** Of the whole queue, from those of its partitions. */
export function summed(partitions: readonly QueueStatistics[]): QueueStatistics {
  const sum = (of: (each: QueueStatistics) => number): number =>
    partitions.reduce((total, each) => total + of(each), 0);
  const ended = Object.fromEntries(ENDS.map(how => [how, sum(each => each.ended[how])]));
  return {
    enqueued: sum(({ enqueued }) => enqueued),
    depth: sum(({ depth }) => depth),
    oldestReadyAgeMs: Math.max(0, ...partitions.map(({ oldestReadyAgeMs }) => oldestReadyAgeMs)),
    running: sum(({ running }) => running),
    deadLetters: sum(({ deadLetters }) => deadLetters),
    ended: ended as Record<EndReason, number>,
  };
}
