import { partitionOf } from '@replicante/event-bus';
import type { BusRecord, ReceivedRecord, TopicConfig } from '@replicante/event-bus';

/** One topic's records; on a compacted topic an older record of a key is gone as soon as a newer one comes. */
export class MemoryTopic {
  readonly #partitions: (ReceivedRecord | undefined)[][];

  constructor(readonly config: TopicConfig) {
    this.#partitions = Array.from({ length: config.partitions }, () => []);
  }

  append(record: BusRecord): void {
    const partition = partitionOf(record.key, this.config.partitions);
    const log = this.#partitions[partition] ?? [];
    if (this.config.compacted) {
      const older = log.findIndex(earlier => earlier?.key === record.key);
      if (older >= 0) log[older] = undefined;
    }
    log.push({ ...record, headers: { ...record.headers }, partition, offset: String(log.length) });
  }

  read(partition: number, from: number, limit: number): readonly ReceivedRecord[] {
    const records: ReceivedRecord[] = [];
    const log = this.#partitions[partition] ?? [];
    for (let offset = from; offset < log.length && records.length < limit; offset += 1) {
      const record = log[offset];
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** The offset that the next record of the partition gets. */
  end(partition: number): number {
    return this.#partitions[partition]?.length ?? 0;
  }
}
