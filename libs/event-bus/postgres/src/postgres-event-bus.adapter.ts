import { checkRecords, checkSameTopic, checkTopics, EventBusError } from '@replicante/event-bus';
import type {
  BusRecord,
  BusSubscription,
  EventBus,
  EventBusCapabilities,
  SubscribeOptions,
  TopicConfig,
} from '@replicante/event-bus';
import type { Database, WakeUps } from '@replicante/postgres-client';
import { randomUUID } from 'node:crypto';
import { busError } from './bus-error.js';
import {
  endsOf,
  makeTopic,
  publishAll,
  sweep,
  topicsNamed,
  type EndRow,
  type TopicRow,
} from './bus-statements.js';
import { GroupMembership } from './group-membership.js';
import { RecordPump } from './record-pump.js';
import type { WakeTopic } from './wake-topics.js';
import { recordsOf } from './wake-topics.js';

export interface PostgresEventBusParts {
  readonly database: Database;
  readonly wakeUps: WakeUps<WakeTopic>;
  readonly pollMs: number;
  readonly heartbeatMs: number;
  readonly memberTtlMs: number;
  readonly sweepMs: number;
  readonly onError: (error: unknown) => void;
}

/** Rows that one sweep removes at most: it must not hold up publishes for long. */
const SWEEP_ROWS = 5_000;

interface Listening {
  readonly wakes: ReadonlySet<WakeTopic>;
  readonly pump: RecordPump;
  readonly membership: GroupMembership | undefined;
  close(): Promise<void>;
}

/** The port on PostgreSQL; opened by `openPostgresEventBus`. */
export class PostgresEventBus implements EventBus {
  readonly capabilities: EventBusCapabilities;
  readonly #parts: PostgresEventBusParts;
  /** A topic's partitions never change. */
  readonly #partitions = new Map<string, number>();
  readonly #listening = new Set<Listening>();
  #sweeping: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: PostgresEventBusParts) {
    this.#parts = parts;
    this.capabilities = { durable: true, takeoverBoundMs: parts.memberTtlMs + 2 * parts.heartbeatMs };
    this.#planSweep(parts.sweepMs);
  }

  /** Called by the wake-ups; correctness does not rest on it. */
  woken(what: WakeTopic): void {
    for (const { wakes, pump, membership } of this.#listening) {
      if (what === 'groups') membership?.hurry();
      else if (wakes.has(what)) pump.nudge();
    }
  }

  async ensureTopics(topics: readonly TopicConfig[]): Promise<void> {
    checkTopics(topics);
    await this.#attempt(async () => {
      for (const topic of topics) await this.#parts.database.query(makeTopic(topic));
      const names = topics.map(topic => topic.name);
      const { rows } = await this.#parts.database.query<TopicRow>(topicsNamed(names));
      for (const [name, partitions, compacted] of rows) {
        for (const asked of topics.filter(topic => topic.name === name))
          checkSameTopic({ name, partitions, compacted }, asked);
        this.#partitions.set(name, partitions);
      }
    });
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    checkRecords(records);
    if (records.length === 0) return;
    await this.#attempt(async () => {
      await this.#know(records.map(record => record.topic));
      await this.#parts.database.query(publishAll(records, this.#partitions));
    });
    for (const what of wakesOf(records.map(record => record.topic))) {
      this.woken(what);
      this.#parts.wakeUps.notify(what);
    }
  }

  async subscribe(options: SubscribeOptions): Promise<BusSubscription> {
    await this.#attempt(() => this.#know(options.topics));
    void this.#parts.wakeUps.listen();
    const listening = await this.#attempt(() =>
      options.group === undefined ? this.#listenPrivately(options) : this.#joinGroup(options, options.group),
    );
    this.#listening.add(listening);
    listening.pump.start();
    return {
      ready: Promise.resolve(),
      close: async () => {
        if (!this.#listening.delete(listening)) return;
        await listening.close();
      },
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#sweeping);
    await Promise.all([...this.#listening].map(listening => listening.close()));
    this.#listening.clear();
    this.#parts.wakeUps.close();
    await this.#parts.database.close();
  }

  async #listenPrivately(options: SubscribeOptions): Promise<Listening> {
    const { database, pollMs } = this.#parts;
    const pump = new RecordPump({
      database,
      pollMs,
      handler: options.handler,
      commit: () => Promise.resolve(true),
      mayBegin: () => true,
      onError: error => this.#report(options, error),
    });
    const { rows } = await database.query<EndRow>(endsOf(options.topics));
    for (const [topic, partition, end] of rows)
      pump.add(`${topic}/${partition}`, {
        topic,
        partition,
        next: options.from === 'earliest' ? 0 : Number(end),
      });
    return { wakes: wakesOf(options.topics), pump, membership: undefined, close: () => pump.close() };
  }

  async #joinGroup(options: SubscribeOptions, group: string): Promise<Listening> {
    const { database, pollMs, heartbeatMs, memberTtlMs, wakeUps } = this.#parts;
    const onError = (error: unknown) => this.#report(options, error);
    const membership = new GroupMembership({
      membership: { group, member: randomUUID() },
      topics: options.topics,
      fromEarliest: options.from === 'earliest',
      database,
      heartbeatMs,
      ttlMs: memberTtlMs,
      tellOthers: () => wakeUps.notify('groups'),
      onError,
    });
    const pump = new RecordPump({
      database,
      pollMs,
      handler: options.handler,
      commit: (place, next) => membership.commit(place, next),
      mayBegin: () => membership.isSure(),
      onError,
    });
    await membership.join(pump);
    const close = async () => {
      await pump.close();
      await membership.leave();
    };
    return { wakes: wakesOf(options.topics), pump, membership, close };
  }

  /** Learns the partitions of topics that were not met before. */
  async #know(topics: readonly string[]): Promise<void> {
    const unknown = [...new Set(topics)].filter(topic => !this.#partitions.has(topic));
    if (unknown.length === 0) return;
    const { rows } = await this.#parts.database.query<TopicRow>(topicsNamed(unknown));
    for (const [name, partitions] of rows) this.#partitions.set(name, partitions);
    const missing = unknown.filter(topic => !this.#partitions.has(topic));
    if (missing.length > 0) throw new EventBusError('TOPIC_UNKNOWN', `no topic ${missing.join(', ')}`);
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new EventBusError('BUS_UNAVAILABLE', 'the event bus client is closed');
    try {
      return await work();
    } catch (error) {
      throw busError(error);
    }
  }

  #report(options: SubscribeOptions, error: unknown): void {
    (options.onError ?? this.#parts.onError)(error);
  }

  #planSweep(inMs: number): void {
    // Some earlier, some later: processes that started together do not sweep together.
    this.#sweeping = setTimeout(() => void this.#sweep(), inMs * (0.75 + Math.random() / 2));
    this.#sweeping.unref();
  }

  async #sweep(): Promise<void> {
    let removed = 0;
    try {
      const { rows } = await this.#parts.database.query<[string]>(sweep(SWEEP_ROWS));
      removed = Number(rows[0]?.[0] ?? 0);
    } catch (error) {
      if (!this.#closed) this.#parts.onError(error);
    }
    if (!this.#closed) this.#planSweep(removed >= SWEEP_ROWS ? 100 : this.#parts.sweepMs);
  }
}

const wakesOf = (topics: readonly string[]): ReadonlySet<WakeTopic> => new Set(topics.map(recordsOf));
