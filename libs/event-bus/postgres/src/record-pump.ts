import type { ReceivedRecord } from '@replicante/event-bus';
import type { Database } from '@replicante/postgres-client';
import { received, recordsAt, type Place, type RecordRow } from './bus-statements.js';
import { WakeSignal } from './wake-signal.js';

const BATCH = 500;
const BACKOFF_MS = { first: 100, most: 5_000 };

/** One partition that this subscription reads. */
interface Slot {
  place: Place;
  failures: number;
  /** A batch is in the handler's hands, or its back-off runs. */
  busy: boolean;
  removed: boolean;
}

export interface RecordPumpParts {
  readonly database: Database;
  readonly pollMs: number;
  readonly handler: (records: readonly ReceivedRecord[]) => Promise<void>;
  /** Stores that everything before `next` is done; false when the partition is no longer this subscription's. */
  readonly commit: (place: Place, next: number) => Promise<boolean>;
  /** False while it cannot be told whether the partitions are still ours: then no batch begins. */
  readonly mayBegin: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** Reads many partitions with one statement and hands each one's records on in order, partitions side by side. */
export class RecordPump {
  readonly #slots = new Map<string, Slot>();
  /** Batches that the handler has, by partition, also of partitions that were removed meanwhile. */
  readonly #inHand = new Map<string, Promise<void>>();
  readonly #wake = new WakeSignal();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly parts: RecordPumpParts) {}

  start(): void {
    this.#running = this.#run();
  }

  /** There may be something to read, or reason to try again. */
  nudge(): void {
    this.#wake.wake();
  }

  add(key: string, place: Place): void {
    this.#slots.set(key, { place, failures: 0, busy: false, removed: false });
    this.nudge();
  }

  /** No batch begins after this; resolves when the one in hand is over. */
  async remove(key: string): Promise<void> {
    const slot = this.#slots.get(key);
    if (slot !== undefined) slot.removed = true;
    this.#slots.delete(key);
    await this.#inHand.get(key);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const slot of this.#slots.values()) slot.removed = true;
    await Promise.all(this.#inHand.values());
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const seen = this.#wake.version;
      const idle = [...this.#slots].filter(([, slot]) => !slot.busy);
      if (idle.length > 0 && this.parts.mayBegin()) await this.#fetch(idle).catch(this.parts.onError);
      await this.#wake.changedSince(seen, signal, this.parts.pollMs);
    }
  }

  async #fetch(idle: readonly (readonly [string, Slot])[]): Promise<void> {
    const places = idle.map(([, slot]) => slot.place);
    const { rows } = await this.parts.database.query<RecordRow>(recordsAt(places, BATCH));
    const batches = new Map<number, ReceivedRecord[]>();
    for (const row of rows) {
      const place = places[Number(row[0]) - 1];
      if (place === undefined) continue;
      const batch = batches.get(Number(row[0]) - 1) ?? [];
      batch.push(received(place, row));
      batches.set(Number(row[0]) - 1, batch);
    }
    // The answer may have taken long: nothing begins on a partition that was lost meanwhile.
    if (this.#stop.signal.aborted || !this.parts.mayBegin()) return;
    for (const [index, [key, slot]] of idle.entries()) {
      const batch = batches.get(index);
      if (batch === undefined || slot.removed) continue;
      slot.busy = true;
      const done = this.#deliver(slot, batch).finally(() => {
        if (this.#inHand.get(key) === done) this.#inHand.delete(key);
      });
      this.#inHand.set(key, done);
    }
  }

  /** Never rejects. */
  async #deliver(slot: Slot, batch: readonly ReceivedRecord[]): Promise<void> {
    const next = Number(batch.at(-1)?.offset) + 1;
    try {
      await this.parts.handler(batch);
      // When the commit cannot be told, the same records come again: at least once.
      if (!(await this.parts.commit(slot.place, next))) {
        slot.removed = true;
        return;
      }
      slot.place = { ...slot.place, next };
      slot.failures = 0;
      this.#free(slot);
    } catch (error) {
      this.parts.onError(error);
      slot.failures += 1;
      const pause = Math.min(BACKOFF_MS.first * 2 ** (slot.failures - 1), BACKOFF_MS.most);
      setTimeout(() => this.#free(slot), pause).unref();
    }
  }

  #free(slot: Slot): void {
    slot.busy = false;
    this.nudge();
  }
}
