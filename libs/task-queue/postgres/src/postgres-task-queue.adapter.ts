import { partitionOfKey } from '@replicante/kernel';
import { migrateSchema } from '@replicante/postgres-client';
import {
  ConsumerEngine,
  DEFAULT_PARTITIONS,
  redeliveryBoundMs,
  resolveSettings,
  validTask,
} from '@replicante/task-queue';
import type { EndReason, TaskQueue, TaskQueueSettings, ValidTask } from '@replicante/task-queue';
import { randomUUID } from 'node:crypto';
import { listDeadLetters, readDeadLetter } from './dead-letters.js';
import { PostgresConsumerBackend } from './postgres-consumer-backend.js';
import { fixedPartitions } from './partitions.js';
import { APPLICATION_NAME, asTaskQueueError, queuePool } from './queue-pool.js';
import { STEPS } from './schema.js';
import { ENQUEUE, STATISTICS } from './statements.js';
import { Notifier, WakeUps } from './wake-up.js';

const POLL_MS = 250;
const ENQUEUE_BATCH = 1_000;

export interface PostgresTaskQueueOptions {
  readonly connectionString: string;
  readonly settings?: TaskQueueSettings;
  /** Deadline of every call. Default 5 s. */
  readonly callTimeoutMs?: number;
  /** At most; default 4, and one more for listening while something consumes. */
  readonly connections?: number;
  /** Hears what the adapter gets over by itself: a broken idle connection, a notification that could not be sent. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A queue table as performance-reliability.md C5 wants it: every step one short statement, a lease (visibility) instead
 * of an open transaction, SKIP LOCKED, batches both ways. Consumers live by the database's clock.
 */
export async function openPostgresTaskQueue(options: PostgresTaskQueueOptions): Promise<TaskQueue> {
  const { connectionString, callTimeoutMs: timeoutMs = 5_000, connections = 4 } = options;
  const onError = options.onError ?? ((): void => undefined);
  const settings = resolveSettings(options.settings);
  await migrateSchema({
    connectionString,
    applicationName: APPLICATION_NAME,
    schema: 'task_queue',
    ledger: 'schema_step',
    steps: STEPS,
    timeoutMs,
  }).catch((error: unknown) => {
    throw asTaskQueueError(error);
  });
  const database = queuePool({ connectionString, connections, timeoutMs, onError });
  const wakeUps = new WakeUps(connectionString, onError);
  const notifier = new Notifier(database, onError);
  const consumers = new Set<ConsumerEngine>();
  const partitions = await fixedPartitions(database, options.settings?.partitions, DEFAULT_PARTITIONS).catch(
    async (error: unknown) => {
      await database.close();
      throw error;
    },
  );

  const enqueue = async (tasks: readonly ValidTask[]): Promise<void> => {
    for (let from = 0; from < tasks.length; from += ENQUEUE_BATCH) {
      const batch = tasks.slice(from, from + ENQUEUE_BATCH);
      await database.query(
        ENQUEUE,
        [
          batch.map(({ id }) => id),
          batch.map(({ kind }) => kind),
          batch.map(({ key }) => key),
          batch.map(({ key }) => partitionOfKey(key, partitions)),
          batch.map(({ payloadText }) => payloadText),
          batch.map(({ delayMs }) => delayMs ?? 0),
          batch.map(({ expiresInMs }) => expiresInMs ?? null),
        ],
        { name: 'task_queue.enqueue' },
      );
    }
    if (tasks.length > 0) notifier.notify('tasks');
  };

  return {
    capabilities: { durable: true, redeliveryBoundMs: redeliveryBoundMs(settings, settings.consumerTtlMs) },
    partitions,
    partitionOf: key => partitionOfKey(key, partitions),
    enqueue: async tasks => {
      await enqueue(tasks.map(validTask));
    },

    async consume(consume) {
      const backend = new PostgresConsumerBackend(
        randomUUID(),
        consume.consumerName,
        settings,
        database,
        wakeUps,
        notifier,
      );
      const engine = new ConsumerEngine({ consume, settings, backend, pollMs: POLL_MS });
      consumers.add(engine);
      return engine;
    },

    deadLetters: ({ limit, after }) => listDeadLetters(database, limit, after),

    async requeue(deadLetterId) {
      // In this order a crash in between leaves the letter, and requeueing again is the same task.
      await enqueue([validTask(await readDeadLetter(database, deadLetterId))]);
      await database.query('delete from task_queue.dead_letter where number = $1', [deadLetterId]);
    },

    async statistics() {
      const [row] = await database.query<{
        depth: number;
        running: number;
        dead_letters: number;
        oldest_ready_age_ms: number;
        counters: Partial<Record<EndReason | 'enqueued', number>>;
      }>(STATISTICS);
      const counters = row?.counters ?? {};
      return {
        enqueued: counters.enqueued ?? 0,
        depth: row?.depth ?? 0,
        running: row?.running ?? 0,
        deadLetters: row?.dead_letters ?? 0,
        oldestReadyAgeMs: row?.oldest_ready_age_ms ?? 0,
        ended: {
          executed: counters.executed ?? 0,
          superseded: counters.superseded ?? 0,
          expired: counters.expired ?? 0,
          abandoned: counters.abandoned ?? 0,
          dead_lettered: counters.dead_lettered ?? 0,
        },
      };
    },

    async close() {
      await Promise.all([...consumers].map(consumer => consumer.stop()));
      await notifier.close();
      wakeUps.close();
      await database.close();
    },
  };
}
