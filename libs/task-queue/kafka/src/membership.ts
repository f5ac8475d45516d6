import type { Assignment, Beat } from '@replicante/task-queue';
import type { Fold, LogRecord } from './folded-log.js';
import { LogClock } from './log-clock.js';
import { RECORD_VERSION } from './queue-record.js';

/** What is written to the members' topic. `partitions`: how many the writer's tasks topic has. */
export type MemberRecord =
  | {
      readonly type: 'beat';
      readonly call: string;
      readonly consumer: string;
      /** For people who look into the topic. */
      readonly name: string;
      readonly partitions: number;
      readonly ttlMs: number;
      readonly avoid: readonly number[];
    }
  | { readonly type: 'give-back'; readonly consumer: string; readonly partition: number }
  | { readonly type: 'leave'; readonly consumer: string }
  /** Asks for the broker's time and the number of partitions. */
  | { readonly type: 'tick'; readonly call: string; readonly partitions: number };

export interface MemberVerdict {
  readonly call: string;
  /** Of the queue, for its life: what the first record ever said. */
  readonly partitions: number;
  readonly beat: Beat;
}

export interface Owner {
  consumer: string | null;
  /** Offset of the record that gave it: grows over all grants, and differs each time. */
  grant: number;
}

/**
 * Who consumes, and who owns which partition, as the log says. Kafka's consumer groups do not do: kafkajs 2.2 moves all
 * partitions at once and without notice, so that nothing could be drained, and a member cannot decline one.
 */
export class Membership implements Fold<MemberVerdict> {
  readonly #clock = new LogClock();
  #silentAt = new Map<string, number>();
  #owners: Owner[] = [];
  #moves = 0;

  get stampMs(): number {
    return this.#clock.stampMs;
  }

  /** Grows whenever a consumer comes, leaves or gives a partition back. */
  get moves(): number {
    return this.#moves;
  }

  ownerOf(partition: number): Readonly<Owner> | undefined {
    return this.#owners[partition];
  }

  apply(value: unknown, { offset, stampMs }: LogRecord): MemberVerdict | undefined {
    this.#clock.advanceTo(stampMs);
    const record = asMemberRecord(value);
    if (!record) return undefined;
    switch (record.type) {
      case 'give-back':
        this.#free(record.consumer, record.partition);
        return undefined;
      case 'leave':
        this.#leave(record.consumer);
        return undefined;
      case 'tick':
        this.#fixPartitions(record.partitions);
        return this.#verdict(record.call, { share: 0, assignments: [] });
      case 'beat':
        this.#fixPartitions(record.partitions);
        return this.#verdict(record.call, this.#beat(record, offset));
    }
  }

  reset(): void {
    this.restore({ clock: [0, 0], silentAt: [], owners: [] });
  }

  written(): WrittenMembership {
    return { clock: this.#clock.written(), silentAt: [...this.#silentAt], owners: this.#owners };
  }

  restore({ clock, silentAt, owners }: WrittenMembership): void {
    this.#clock.restore(clock);
    this.#silentAt = new Map(silentAt);
    this.#owners = owners.map(owner => ({ ...owner }));
  }

  #verdict(call: string, beat: Beat): MemberVerdict {
    return { call, partitions: this.#owners.length, beat };
  }

  #fixPartitions(partitions: number): void {
    if (this.#owners.length === 0)
      this.#owners = Array.from({ length: partitions }, () => ({ consumer: null, grant: 0 }));
  }

  #beat({ consumer, ttlMs, avoid, partitions }: MemberRecord & { type: 'beat' }, offset: number): Beat {
    // It sees another queue than the one that is: it has no part in this one.
    if (partitions !== this.#owners.length) return { share: 0, assignments: [] };
    const now = this.#clock.nowMs;
    if (!this.#silentAt.has(consumer)) this.#moves++;
    this.#silentAt.set(consumer, now + ttlMs);
    for (const [id, silentAt] of [...this.#silentAt]) if (silentAt <= now) this.#leave(id);
    const living = [...this.#silentAt.keys()].sort();
    const extra = living.indexOf(consumer) < partitions % living.length ? 1 : 0;
    const share = Math.floor(partitions / living.length) + extra;
    let mine = this.#owners.filter(owner => owner.consumer === consumer).length;
    for (const [partition, owner] of this.#owners.entries()) {
      if (mine >= share) break;
      if (owner.consumer !== null || avoid.includes(partition)) continue;
      owner.consumer = consumer;
      // From 1: the fence of a partition that nobody has claimed yet is 0.
      owner.grant = offset + 1;
      mine++;
    }
    const assignments: readonly Assignment[] = this.#owners.flatMap((owner, partition) =>
      owner.consumer === consumer ? [{ partition, grant: owner.grant }] : [],
    );
    return { share, assignments };
  }

  #free(consumer: string, partition: number): void {
    const owner = this.#owners[partition];
    if (owner?.consumer !== consumer) return;
    owner.consumer = null;
    this.#moves++;
  }

  #leave(consumer: string): void {
    this.#silentAt.delete(consumer);
    for (const partition of this.#owners.keys()) this.#free(consumer, partition);
  }
}

export interface WrittenMembership {
  readonly clock: readonly [number, number];
  readonly silentAt: readonly (readonly [consumer: string, silentAtMs: number])[];
  readonly owners: readonly Owner[];
}

export const writtenMember = (record: MemberRecord): string =>
  JSON.stringify({ v: RECORD_VERSION, ...record });

/** Undefined for whatever is not ours; a beat that is lost that way is followed by the next. */
export function asMemberRecord(value: unknown): MemberRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { v, type, call, consumer, name, partitions, ttlMs, avoid, partition } = value as Readonly<
    Record<string, unknown>
  >;
  if (v !== RECORD_VERSION) return undefined;
  if (type === 'tick')
    return typeof call === 'string' && isPartitions(partitions) ? { type, call, partitions } : undefined;
  if (typeof consumer !== 'string') return undefined;
  if (type === 'leave') return { type, consumer };
  if (type === 'give-back') return isIndex(partition) ? { type, consumer, partition } : undefined;
  if (type !== 'beat' || typeof call !== 'string' || typeof name !== 'string') return undefined;
  if (!isPartitions(partitions) || typeof ttlMs !== 'number' || !(ttlMs > 0)) return undefined;
  if (!Array.isArray(avoid) || !avoid.every(isIndex)) return undefined;
  return { type, call, consumer, name, partitions, ttlMs, avoid };
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isPartitions = (value: unknown): value is number => isIndex(value) && value > 0 && value <= 100_000;
