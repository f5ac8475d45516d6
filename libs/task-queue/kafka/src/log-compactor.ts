import type { KafkaAdmin } from '@replicante/kafka-client';
import { randomUUID } from 'node:crypto';
import type { LogWriter } from './log-writer.js';
import type { QueueLog, QueueTopics } from './queue-log.js';
import { writtenSnapshot } from './snapshot.js';

export interface LogCompactorOptions {
  readonly log: QueueLog;
  readonly writer: LogWriter;
  readonly admin: KafkaAdmin;
  readonly topics: QueueTopics;
  /** A log longer than this beyond its last snapshot gets a new one. */
  readonly records: number;
  readonly bytes: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps logs short: writes the state into the log and then removes what lies before. Anyone may, also one who is no owner
 * any more: the state follows from the log, and a cut never goes beyond a snapshot that stands there whole.
 */
export class LogCompactor {
  readonly #busy = new Set<number | 'members'>();

  constructor(private readonly options: LogCompactorOptions) {}

  /** Begins it where it is due and does not wait for it. */
  keepShort(which: number | 'members'): void {
    const { log, records, bytes, onError } = this.options;
    const tail = log.snapshotOf(which)?.tail;
    if (!tail || this.#busy.has(which) || (tail.records < records && tail.bytes < bytes)) return;
    this.#busy.add(which);
    void this.#compact(which)
      .catch(onError)
      .finally(() => this.#busy.delete(which));
  }

  async #compact(which: number | 'members'): Promise<void> {
    const { log, writer, admin, topics } = this.options;
    const snapshot = log.snapshotOf(which);
    if (!snapshot) return;
    const { at } = snapshot;
    const [topic, partition] = which === 'members' ? [topics.members, 0] : [topics.tasks, which];
    // One by one: what is sent together travels as one batch, and batches have a limit.
    for (const value of writtenSnapshot(randomUUID(), at, snapshot.state()))
      await writer.append([{ topic, partition, value }]);
    await admin.call(async kafka => {
      // kafkajs looks the leader up before it has learned where the topic is.
      await kafka.fetchTopicOffsets(topic);
      await kafka.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(at) }] });
    });
  }
}
