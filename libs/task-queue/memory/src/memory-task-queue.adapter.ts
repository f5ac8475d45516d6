import { partitionOfKey } from '@replicante/kernel';
import {
  ConsumerEngine,
  TaskQueueError,
  redeliveryBoundMs,
  resolveSettings,
  validTask,
} from '@replicante/task-queue';
import type { ConsumerBackend, TaskQueue, TaskQueueSettings } from '@replicante/task-queue';
import { randomUUID } from 'node:crypto';
import { MemoryTaskQueueData } from './memory-task-queue-data.js';

const POLL_MS = 50;

export interface MemoryTaskQueueOptions {
  /** Shared by several clients; each call without it makes a queue of its own. */
  readonly data?: MemoryTaskQueueData;
  readonly settings?: TaskQueueSettings;
  /** This client's way to the data: a test cuts off one client (`false`) and lets the others go on. */
  readonly isConnected?: () => boolean;
}

/** Nothing outlives the process: `durable: false`. Same laws, and the same consumer, as the durable adapters. */
export function memoryTaskQueue(options: MemoryTaskQueueOptions = {}): TaskQueue {
  const { settings: given = {} } = options;
  const data = options.data ?? new MemoryTaskQueueData(given.partitions);
  const settings = resolveSettings(given);
  if (given.partitions !== undefined && given.partitions !== data.partitions)
    throw new TaskQueueError(
      'PARTITIONS_FIXED',
      `the queue has ${data.partitions} partitions, not ${given.partitions}: their number is fixed for its life`,
    );
  const consumers = new Set<ConsumerEngine>();

  const call = async <T>(work: () => T): Promise<T> => {
    if (options.isConnected?.() === false)
      throw new TaskQueueError('QUEUE_UNAVAILABLE', 'this client was cut off from the memory queue');
    data.mustBeReachable();
    return work();
  };

  const backendOf = (id: string): ConsumerBackend => ({
    beat: avoid => call(() => data.beat(id, avoid, settings)),
    giveBack: partition =>
      call(() => {
        data.giveBack(id, partition);
      }),
    take: (partitions, limit) => call(() => data.take(id, partitions, limit, settings)),
    settle: answers =>
      call(() => {
        data.settle(id, answers, settings);
      }),
    extend: (task, attempt) => call(() => data.extend(id, task, attempt, settings)),
    leave: () =>
      call(() => {
        data.leave(id);
      }),
    onWake: wake => data.onWake(wake),
  });

  return {
    capabilities: { durable: false, redeliveryBoundMs: redeliveryBoundMs(settings, settings.visibilityMs) },
    partitions: data.partitions,
    partitionOf: key => partitionOfKey(key, data.partitions),
    async enqueue(tasks) {
      const valid = tasks.map(validTask);
      await call(() => {
        data.enqueue(valid);
      });
    },
    async consume(consume) {
      const backend = backendOf(randomUUID());
      const engine = new ConsumerEngine({ consume, settings, backend, pollMs: POLL_MS });
      consumers.add(engine);
      return engine;
    },
    deadLetters: ({ limit, after }) => call(() => data.deadLetters(limit, after)),
    requeue: id =>
      call(() => {
        data.requeue(id);
      }),
    statistics: () => call(() => data.statistics()),
    async close() {
      await Promise.all([...consumers].map(consumer => consumer.stop()));
    },
  };
}
