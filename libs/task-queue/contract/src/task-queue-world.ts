import { eventually } from '@replicante/testing';
import type {
  ConsumeOptions,
  EndReason,
  NewTask,
  QueueStatistics,
  Task,
  TaskConsumer,
  TaskQueue,
  TaskQueueSettings,
} from '@replicante/task-queue';
import { randomUUID } from 'node:crypto';
import type { StuckConsumer, TaskQueueHarness } from './task-queue-harness.js';

/** Quick, so that laws about time are over soon. Back-offs are far above a busy machine's hiccups, and far below 1 s. */
export const QUICK: TaskQueueSettings = {
  maxAttempts: 3,
  backoffBaseMs: 200,
  backoffMaxMs: 400,
  visibilityMs: 3_000,
};

/** What each law works with: a queue of its own; whatever it opens here is closed after it. */
export class TaskQueueWorld {
  #queueName = 'none';
  #queues = 0;
  readonly #opened: TaskQueue[] = [];
  readonly #stuck: StuckConsumer[] = [];

  constructor(readonly harness: () => TaskQueueHarness) {}

  nextQueue(): void {
    this.#queueName = `law${++this.#queues}`;
  }

  async open(settings: TaskQueueSettings = QUICK): Promise<TaskQueue> {
    const queue = await this.harness().open(this.#queueName, settings);
    this.#opened.push(queue);
    return queue;
  }

  async stuckConsumer(settings: TaskQueueSettings = QUICK): Promise<StuckConsumer> {
    const consumer = await this.harness().stuckConsumer(this.#queueName, settings);
    this.#stuck.push(consumer);
    return consumer;
  }

  async closeAll(): Promise<void> {
    for (const consumer of this.#stuck.splice(0)) await consumer.kill();
    await Promise.all(this.#opened.splice(0).map(queue => queue.close()));
  }
}

let keys = 0;

export const aTask = (values: Partial<NewTask> = {}): NewTask => ({
  id: randomUUID(),
  kind: 'OrchestrateCluster',
  key: `ns:cluster-${++keys}`,
  payload: {},
  ...values,
});

export interface Recorder {
  readonly consumer: TaskConsumer;
  /** Every delivery, in the order in which they began. */
  readonly begun: Task[];
  readonly errors: unknown[];
  readonly revoked: number[];
}

/** Consumes with a handler that says what becomes of each delivery (default: executed), and waits until it has begun. */
export async function consume(queue: TaskQueue, options: Partial<ConsumeOptions> = {}): Promise<Recorder> {
  const begun: Task[] = [];
  const errors: unknown[] = [];
  const revoked: number[] = [];
  const consumer = await queue.consume({
    consumerName: 'suite',
    onError: error => errors.push(error),
    ...options,
    onRevoked: async partition => {
      revoked.push(partition);
      await options.onRevoked?.(partition);
    },
    handler: async (task, context) => {
      begun.push(task);
      return options.handler ? await options.handler(task, context) : { outcome: 'executed' };
    },
  });
  await consumer.ready;
  return { consumer, begun, errors, revoked };
}

/** A promise that somebody else resolves. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>(resolve => (open = resolve));
  return { passed, open: () => open() };
}

const sum = (ended: Readonly<Record<EndReason, number>>): number =>
  Object.values(ended).reduce((total, count) => total + count, 0);

/** Waits for these counts, and for the law over all of them: every task ended in exactly one way, or is still there. */
export async function eventuallyEnded(
  queue: TaskQueue,
  expected: Partial<Record<EndReason, number>>,
  within = 15_000,
): Promise<QueueStatistics> {
  const wanted = Object.entries({
    executed: 0,
    superseded: 0,
    expired: 0,
    abandoned: 0,
    dead_lettered: 0,
    ...expected,
  });
  const statistics = await eventually(
    async () => {
      const now = await queue.statistics();
      const differs = wanted.filter(([reason, count]) => now.ended[reason as EndReason] !== count);
      if (differs.length > 0)
        throw new Error(`ended ${JSON.stringify(now)}, wanted ${JSON.stringify(expected)}`);
      return now;
    },
    { within },
  );
  if (statistics.enqueued !== sum(statistics.ended) + statistics.depth)
    throw new Error(`enqueued is not ended + depth: ${JSON.stringify(statistics)}`);
  return statistics;
}

/** The last of a list that must have one. */
export function lastOf<T>(list: readonly T[]): T {
  const last = list.at(-1);
  if (last === undefined) throw new Error('the list is empty');
  return last;
}
