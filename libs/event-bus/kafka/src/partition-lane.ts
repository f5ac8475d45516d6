import type { ReceivedRecord } from '@replicante/event-bus';
import { pause } from '@replicante/kafka-client';

export interface PartitionLaneParts {
  /** Nothing begins before this: an earlier hold of the partition may still be in hand. */
  readonly after: Promise<void>;
  readonly handler: (records: readonly ReceivedRecord[]) => Promise<void>;
  /** Stores that everything before `next` is done. Rejects when it could not be told. */
  readonly commit: (next: string) => Promise<void>;
  /** False while it cannot be told whether the partition is still ours: then no batch begins. */
  readonly mayBegin: () => boolean;
  /** No more records for now, and again. */
  readonly hold: () => void;
  readonly release: () => void;
  readonly onError: (error: unknown) => void;
}

const BATCH = 500;
const BACKOFF_MS = { first: 100, most: 5_000 };
const LOOK_AGAIN_MS = 50;
/** What waits in memory before fetching stops: enough for the handler to work on while one fetch comes back. */
const WAITING = { records: 4 * BATCH, bytes: 4_000_000 };

/** The records of one partition that this member holds: handled in order, batch by batch, beside the other partitions. */
export class PartitionLane {
  #waiting: ReceivedRecord[] = [];
  #bytes = 0;
  #last = -1;
  #held = false;
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(private readonly parts: PartitionLaneParts) {}

  push(records: readonly ReceivedRecord[]): void {
    if (this.#stop.signal.aborted) return;
    for (const record of records) {
      const offset = Number(record.offset);
      if (offset <= this.#last) continue;
      this.#last = offset;
      this.#waiting.push(record);
      this.#bytes += sizeOf(record);
    }
    if (!this.#held && (this.#waiting.length > WAITING.records || this.#bytes > WAITING.bytes)) {
      this.#held = true;
      this.parts.hold();
    }
    if (this.#waiting.length > 0) this.#running ??= this.#run();
  }

  /** No batch begins after this; resolves when the one in hand is over, and committed if that could be. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    await this.parts.after;
    const { signal } = this.#stop;
    while (this.#waiting.length > 0 && !signal.aborted) {
      const batch = this.#take();
      if (!(await this.#handle(batch))) break;
      await this.#commit(batch);
    }
    // At once: a push that comes after this has to begin anew.
    this.#running = undefined;
  }

  #take(): readonly ReceivedRecord[] {
    const batch = this.#waiting.slice(0, BATCH);
    this.#waiting = this.#waiting.slice(BATCH);
    for (const record of batch) this.#bytes -= sizeOf(record);
    if (this.#held && this.#waiting.length <= WAITING.records / 2 && this.#bytes <= WAITING.bytes / 2) {
      this.#held = false;
      this.parts.release();
    }
    return batch;
  }

  /** False when it was stopped before the handler had taken them. */
  async #handle(batch: readonly ReceivedRecord[]): Promise<boolean> {
    const { signal } = this.#stop;
    for (let backoff = BACKOFF_MS.first; ; backoff = Math.min(backoff * 2, BACKOFF_MS.most)) {
      while (!signal.aborted && !this.parts.mayBegin()) await pause(LOOK_AGAIN_MS, signal);
      if (signal.aborted) return false;
      try {
        await this.parts.handler(batch);
        return true;
      } catch (error) {
        this.parts.onError(error);
        await pause(backoff, signal);
      }
    }
  }

  /** Until it is told, or somebody else may have the partition: then the same records come again, at least once. */
  async #commit(batch: readonly ReceivedRecord[]): Promise<void> {
    const { signal } = this.#stop;
    const next = String(Number(batch.at(-1)?.offset) + 1);
    for (let backoff = BACKOFF_MS.first; ; backoff = Math.min(backoff * 2, BACKOFF_MS.most))
      try {
        return await this.parts.commit(next);
      } catch (error) {
        if (backoff === BACKOFF_MS.first) this.parts.onError(error);
        if (signal.aborted) return;
        await pause(backoff, signal);
      }
  }
}

const sizeOf = ({ key, value }: ReceivedRecord): number => 100 + key.length + (value?.length ?? 0);
