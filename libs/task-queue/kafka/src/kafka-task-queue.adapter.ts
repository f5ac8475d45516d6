import { partitionOfKey } from '@replicante/kernel';
import { KafkaAdmin, KafkaClient } from '@replicante/kafka-client';
import type { KafkaClientOptions } from '@replicante/kafka-client';
import {
  ConsumerEngine,
  DEFAULT_PARTITIONS,
  TaskQueueError,
  redeliveryBoundMs,
  resolveSettings,
  validTask,
} from '@replicante/task-queue';
import type {
  DeadLetter,
  QueueStatistics,
  TaskQueue,
  TaskQueueSettings,
  ValidTask,
} from '@replicante/task-queue';
import { randomUUID } from 'node:crypto';
import { isLetterId, partitionOfLetter } from './dead-letter-box.js';
import { KafkaConsumerBackend } from './kafka-consumer-backend.js';
import { LogCompactor } from './log-compactor.js';
import { LogWriter } from './log-writer.js';
import type { Outgoing } from './log-writer.js';
import { asTaskQueueError } from './queue-fault.js';
import { QueueLog } from './queue-log.js';
import { written, writtenTasks } from './queue-record.js';
import { madeQueueTopics, queueTopics } from './queue-topics.js';
import { summed } from './summed-statistics.js';

/** Looking costs no request: what is due is known here. */
const POLL_MS = 50;
/** A consumer that begins has to join before it reads: one more second, and some for a busy broker. */
const JOIN_MS = 3_000;

export interface KafkaTaskQueueOptions extends Pick<
  KafkaClientOptions,
  'brokers' | 'ssl' | 'sasl' | 'route'
> {
  /** The topics are `<prefix>.tasks` and `<prefix>.task-consumers`. */
  readonly topicPrefix: string;
  /** Of topics that are made. Default: what the brokers have as theirs. */
  readonly replicationFactor?: number;
  readonly settings?: TaskQueueSettings;
  /** Deadline of every call. Default 5 s. */
  readonly callTimeoutMs?: number;
  /** A partition's log gets a snapshot, and is cut, when it is longer. Defaults 20,000 records and 16 MiB. */
  readonly snapshotAfter?: { readonly records: number; readonly bytes: number };
  /** Hears what the adapter gets over by itself: faults of Kafka, topics that are set up otherwise, foreign messages. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A queue whose state is what its log says (docs/adr/0011-task-queue-on-kafka.md): tasks and every step of a task are
 * records of one topic, each client folds them to the same state, and the log's order decides between those who want the
 * same.
 */
export async function openKafkaTaskQueue(options: KafkaTaskQueueOptions): Promise<TaskQueue> {
  const { callTimeoutMs: timeoutMs = 5_000, topicPrefix } = options;
  const onError = options.onError ?? ((): void => undefined);
  const settings = resolveSettings(options.settings);
  const topics = queueTopics(topicPrefix);
  const open = (): KafkaClient =>
    new KafkaClient({
      brokers: options.brokers,
      clientId: 'replicante-task-queue',
      ...(options.ssl !== undefined && { ssl: options.ssl }),
      ...(options.sasl !== undefined && { sasl: options.sasl }),
      ...(options.route !== undefined && { route: options.route }),
      requestTimeoutMs: timeoutMs,
      onError,
    });
  const admin = new KafkaAdmin({ open, timeoutMs });
  const partitions = await admin
    .call(kafka =>
      madeQueueTopics(kafka, {
        topics,
        partitions: options.settings?.partitions,
        byDefault: DEFAULT_PARTITIONS,
        replicationFactor: options.replicationFactor,
        onError,
      }),
    )
    .catch((error: unknown) => {
      admin.close();
      throw asTaskQueueError(error);
    });
  const writer = new LogWriter({ open, timeoutMs });
  const log = new QueueLog({ topics, partitions, open, admin, writer, timeoutMs, onError });
  const { records, bytes } = options.snapshotAfter ?? { records: 20_000, bytes: 16 * 1024 * 1024 };
  const compactor = new LogCompactor({ log, writer, admin, topics, records, bytes, onError });
  const consumers = new Set<ConsumerEngine>();

  const enqueue = async (tasks: readonly ValidTask[]): Promise<void> => {
    const byPartition = new Map<number, ValidTask[]>();
    for (const task of tasks) {
      const partition = partitionOfKey(task.key, partitions);
      const ofPartition = byPartition.get(partition);
      if (ofPartition) ofPartition.push(task);
      else byPartition.set(partition, [task]);
    }
    const values = [...byPartition].map(([partition, of]) => ({ partition, values: writtenTasks(of) }));
    // One record of each partition at a time: what is sent together for one travels as one batch, and batches have a limit.
    for (let round = 0; values.some(of => of.values.length > round); round++)
      await writer.append(
        values.flatMap(({ partition, values: of }): Outgoing[] => {
          const value = of[round];
          return value === undefined ? [] : [{ topic: topics.tasks, partition, value }];
        }),
      );
  };

  return {
    capabilities: {
      durable: true,
      redeliveryBoundMs: redeliveryBoundMs(settings, settings.visibilityMs) + JOIN_MS,
    },
    partitions,
    partitionOf: key => partitionOfKey(key, partitions),
    enqueue: async tasks => {
      await enqueue(tasks.map(validTask));
    },

    async consume(consume) {
      const backend = new KafkaConsumerBackend({
        name: consume.consumerName,
        settings,
        topics,
        log,
        writer,
        compactor,
        onError,
      });
      const engine = new ConsumerEngine({ consume, settings, backend, pollMs: POLL_MS });
      consumers.add(engine);
      return engine;
    },

    async deadLetters({ limit, after = '' }): Promise<readonly DeadLetter[]> {
      if (after !== '' && !isLetterId(after)) throw letterNotFound(after);
      await log.catchUp();
      return log.partitions
        .flatMap(partition => partition.letters.all())
        .filter(({ id }) => id > after)
        .sort((one, other) => (one.id < other.id ? -1 : 1))
        .slice(0, limit)
        .map(letter => structuredClone(letter));
    },

    async requeue(letter) {
      const partition = partitionOfLetter(letter);
      if (partition === undefined || partition >= partitions) throw letterNotFound(letter);
      await log.follow();
      const call = randomUUID();
      const value = written({ type: 'requeue', call, letter });
      const verdict = await log.ask(call, () => writer.append([{ topic: topics.tasks, partition, value }]));
      if (!('accepted' in verdict) || !verdict.accepted) throw letterNotFound(letter);
    },

    async statistics(): Promise<QueueStatistics> {
      await log.catchUp();
      return summed(log.partitions.map(partition => partition.statistics(log.nowOf(partition))));
    },

    async close() {
      await Promise.all([...consumers].map(consumer => consumer.stop()));
      await log.close();
      writer.close();
      admin.close();
    },
  };
}

const letterNotFound = (id: string): TaskQueueError =>
  new TaskQueueError('DEAD_LETTER_NOT_FOUND', `there is no dead letter ${id}`);
