import { checkSameTopic, checkTopics, EventBusError, type TopicConfig } from '@replicante/event-bus';
import {
  describeTopics,
  makeTopics,
  partitionCounts,
  pause,
  type KafkaAdmin,
} from '@replicante/kafka-client';

export interface TopicLayoutParts {
  readonly admin: KafkaAdmin;
  /** The port's name of a topic → Kafka's. */
  readonly topicName: (name: string) => string;
  /** Instead of what is asked for. */
  readonly partitions?: number | undefined;
  /** Instead of what is asked for, where records are kept for a time. */
  readonly retentionMs?: number | undefined;
  readonly replicationFactor?: number | undefined;
  readonly onError: (error: unknown) => void;
}

/** A topic that was just made is not known to every broker at once. */
const LOOKS = { times: 8, everyMs: 150 };

/** Which topics there are, and how many partitions they had when this process first met them. */
export class TopicLayout {
  readonly #partitions = new Map<string, number>();
  readonly #told = new Set<string>();

  constructor(private readonly parts: TopicLayoutParts) {}

  nameOf(topic: string): string {
    return this.parts.topicName(topic);
  }

  /** By Kafka's name. Undefined: not met yet. */
  partitionsOf(name: string): number | undefined {
    return this.#partitions.get(name);
  }

  /** Looks again when it is next asked for. */
  forget(topics: readonly string[]): void {
    for (const topic of topics) this.#partitions.delete(this.nameOf(topic));
  }

  async ensure(topics: readonly TopicConfig[]): Promise<void> {
    checkTopics(topics);
    const asked = topics.map(topic => this.#asked(topic));
    checkTopics(asked);
    if (asked.length === 0) return;
    const { admin, replicationFactor } = this.parts;
    const made = asked.map(topic => ({
      ...topic,
      ...(replicationFactor !== undefined && { replicationFactor }),
    }));
    await admin.call(client => makeTopics(client, made));
    const names = asked.map(topic => topic.name);
    const existing = await this.#look(async () => {
      const found = await admin.call(client => describeTopics(client, names));
      return { found, complete: names.every(name => found.some(topic => topic.name === name)) };
    });
    for (const topic of existing)
      for (const wanted of asked.filter(({ name }) => name === topic.name)) {
        checkSameTopic(topic, wanted);
        if (!topic.compacted && topic.retentionMs !== wanted.retentionMs)
          this.#tell(
            `${topic.name} keeps ${spanOf(topic.retentionMs)}; asked for ${spanOf(wanted.retentionMs)}`,
          );
        if (!topic.unpacked)
          this.#tell(
            `${topic.name} has not compression.type=uncompressed: foreign codecs stop its consumers`,
          );
        if (!this.#partitions.has(topic.name)) this.#partitions.set(topic.name, topic.partitions);
      }
  }

  /** Rejects with `TOPIC_UNKNOWN` when one of them is missing. */
  async know(topics: readonly string[]): Promise<void> {
    const unknown = [...new Set(topics.map(topic => this.nameOf(topic)))].filter(
      name => !this.#partitions.has(name),
    );
    if (unknown.length === 0) return;
    const counts = await this.#look(async () => {
      const found = await this.parts.admin.call(client => partitionCounts(client, unknown));
      return { found, complete: found.size === unknown.length };
    });
    for (const [name, count] of counts) if (!this.#partitions.has(name)) this.#partitions.set(name, count);
    const missing = unknown.filter(name => !this.#partitions.has(name));
    if (missing.length > 0) throw new EventBusError('TOPIC_UNKNOWN', `no topic ${missing.join(', ')}`);
  }

  /** Somebody added partitions: loud, once. The consumer reads them; publishers refuse by themselves. */
  met(name: string, partition: number): void {
    const known = this.#partitions.get(name);
    if (known === undefined || partition < known) return;
    this.#tell(`${name} had ${known} partitions and has more now: its keys lose their order`);
  }

  #asked(topic: TopicConfig): TopicConfig {
    const { partitions = topic.partitions, retentionMs = topic.retentionMs } = this.parts;
    const { name, compacted } = topic;
    const kept = !compacted && topic.retentionMs !== undefined && retentionMs !== undefined;
    return { name: this.nameOf(name), partitions, compacted, ...(kept && { retentionMs }) };
  }

  async #look<T>(look: () => Promise<{ readonly found: T; readonly complete: boolean }>): Promise<T> {
    const never = new AbortController().signal;
    for (let time = 1; ; time += 1) {
      const { found, complete } = await look();
      if (complete || time >= LOOKS.times) return found;
      await pause(LOOKS.everyMs, never);
    }
  }

  #tell(what: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.parts.onError(new EventBusError('TOPIC_MISMATCH', what));
  }
}

const spanOf = (retentionMs: number | undefined): string =>
  retentionMs === undefined ? 'records for ever' : `records for ${retentionMs} ms`;
