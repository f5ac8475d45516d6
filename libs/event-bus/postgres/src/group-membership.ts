import type { Database } from '@replicante/postgres-client';
import {
  commit,
  heartbeat,
  leave,
  release,
  type HeartbeatRow,
  type Membership,
  type Place,
} from './bus-statements.js';
import type { RecordPump } from './record-pump.js';

export interface GroupMembershipParts {
  readonly membership: Membership;
  readonly topics: readonly string[];
  readonly fromEarliest: boolean;
  readonly database: Database;
  readonly heartbeatMs: number;
  readonly ttlMs: number;
  /** Others should look again: a partition is free, or a member came or went. */
  readonly tellOthers: () => void;
  readonly onError: (error: unknown) => void;
}

/** Begins no batch so long before the others may take this member for dead. */
const MARGIN_MS = 500;

/**
 * One member of a group: heartbeats, and what it owns by the last answered one. It trusts its share only until its own
 * monotonic clock says that the others may have taken it for dead, counted from before the heartbeat was sent.
 */
export class GroupMembership {
  /** Partition → the epoch under which it is owned. */
  readonly #epochs = new Map<string, string>();
  readonly #releasing = new Set<string>();
  #ownedUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #closed = false;
  #pump: RecordPump | undefined;

  constructor(private readonly parts: GroupMembershipParts) {}

  /** The first heartbeat: after it the group's place in every topic is fixed. Rejects when it fails. */
  async join(pump: RecordPump): Promise<void> {
    this.#pump = pump;
    await this.#beat(pump);
    this.parts.tellOthers();
    this.#plan();
  }

  isSure(): boolean {
    return performance.now() < this.#ownedUntil;
  }

  /** Somebody came, went or released: look at once. */
  hurry(): void {
    if (this.#beating !== undefined || this.#closed || this.#pump === undefined) return;
    clearTimeout(this.#timer);
    this.#tick();
  }

  async commit(place: Place, next: number): Promise<boolean> {
    const key = keyOf(place.topic, place.partition);
    const epoch = this.#epochs.get(key);
    if (epoch === undefined) return false;
    const { membership, database } = this.parts;
    const { rows } = await database.query(commit(membership, place, epoch, next));
    if (rows.length > 0) return true;
    this.hurry();
    return false;
  }

  /** After the pump has closed. A leave that does not arrive is made up for by the silence. */
  async leave(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#beating;
    await this.parts.database.query(leave(this.parts.membership)).catch(this.parts.onError);
    this.parts.tellOthers();
  }

  #plan(): void {
    if (!this.#closed) this.#timer = setTimeout(() => this.#tick(), this.parts.heartbeatMs);
  }

  #tick(): void {
    const pump = this.#pump;
    if (pump === undefined || this.#closed) return;
    this.#beating = this.#beat(pump)
      .catch(this.parts.onError)
      .finally(() => {
        this.#beating = undefined;
        this.#plan();
      });
  }

  async #beat(pump: RecordPump): Promise<void> {
    const { membership, topics, ttlMs, fromEarliest, database } = this.parts;
    const wasSure = this.isSure();
    const sentAt = performance.now();
    const { rows } = await database.query<HeartbeatRow>(heartbeat(membership, topics, ttlMs, fromEarliest));
    this.#ownedUntil = sentAt + ttlMs - MARGIN_MS;
    const owned = new Set<string>();
    for (const [topic, partition, committed, epoch, keep] of rows) {
      const key = keyOf(topic, partition);
      owned.add(key);
      const place = { topic, partition, next: Number(committed) };
      if (!keep) this.#release(pump, key, place);
      else if (this.#epochs.get(key) !== epoch) this.#take(pump, key, place, epoch);
    }
    // Taken over while we were silent: stop at once; the commit of the batch in hand will be refused.
    for (const key of [...this.#epochs.keys()]) {
      if (owned.has(key)) continue;
      this.#epochs.delete(key);
      void pump.remove(key);
    }
    // The pump stood still while it could not be told what is ours.
    if (!wasSure) pump.nudge();
  }

  #take(pump: RecordPump, key: string, place: Place, epoch: string): void {
    if (this.#releasing.has(key)) return;
    this.#epochs.set(key, epoch);
    // Lost and won again: the old batch may still be in hand, and two of one partition must not overlap.
    void pump.remove(key).then(() => {
      if (this.#epochs.get(key) === epoch && !this.#closed) pump.add(key, place);
    });
  }

  #release(pump: RecordPump, key: string, place: Place): void {
    if (this.#releasing.has(key)) return;
    this.#releasing.add(key);
    const giveBack = async () => {
      await pump.remove(key);
      this.#epochs.delete(key);
      await this.parts.database.query(release(this.parts.membership, place));
      this.parts.tellOthers();
    };
    void giveBack()
      .catch(this.parts.onError)
      .finally(() => this.#releasing.delete(key));
  }
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
