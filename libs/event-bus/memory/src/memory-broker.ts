import { checkSameTopic, EventBusError } from '@replicante/event-bus';
import type { BusRecord, TopicConfig } from '@replicante/event-bus';
import { MemoryGroup } from './memory-group.js';
import { MemoryTopic } from './memory-topic.js';

/** What the clients of one memory bus share: topics, records, groups and their committed offsets. */
export class MemoryBroker {
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #named = new Map<string, MemoryGroup>();
  readonly #groups = new Set<MemoryGroup>();

  ensureTopic(config: TopicConfig): void {
    const existing = this.#topics.get(config.name);
    if (existing === undefined) this.#topics.set(config.name, new MemoryTopic(config));
    else checkSameTopic(existing.config, config);
  }

  topic(name: string): MemoryTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new EventBusError('TOPIC_UNKNOWN', `no topic ${name}`);
    return topic;
  }

  /** All records, or none when a topic is missing. */
  publish(records: readonly BusRecord[]): void {
    const topics = records.map(record => this.topic(record.topic));
    for (const [index, record] of records.entries()) topics[index]?.append(record);
    for (const group of this.#groups) group.deliver();
  }

  /** The group of that name; without one a new group that nobody else joins. */
  group(name: string | undefined): MemoryGroup {
    const group = (name === undefined ? undefined : this.#named.get(name)) ?? new MemoryGroup();
    if (name !== undefined) this.#named.set(name, group);
    this.#groups.add(group);
    return group;
  }

  /** A private subscription is over: nobody can come back to it. */
  forget(group: MemoryGroup): void {
    this.#groups.delete(group);
  }
}
