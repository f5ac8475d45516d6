import type { KafkaAdmin, Place, TopicPartition } from '@replicante/kafka-client';

/** Where a subscription begins, partition by partition. */
export interface Places {
  /** What is still open is decided, and kept, before it is answered. */
  of(
    partitions: readonly TopicPartition[],
    commit: (places: readonly Place[]) => Promise<void>,
  ): Promise<readonly Place[]>;
  /** True when it is decided for every partition: what is published from now on will be delivered. */
  areDecided(): Promise<boolean>;
}

export interface PlacesParts {
  readonly admin: KafkaAdmin;
  /** Kafka's names. */
  readonly topics: readonly string[];
  readonly from: 'earliest' | 'latest';
  /** How many partitions the topic had when this process met it: those beyond were added, and are read from the beginning. */
  readonly knownPartitions: (topic: string) => number;
}

interface Ends {
  readonly low: string;
  readonly high: string;
}

/** What Kafka answers for a partition in which the group has no place. */
const NONE = '-1';

export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

async function endsOf(admin: KafkaAdmin, topics: readonly string[]): Promise<ReadonlyMap<string, Ends>> {
  const ends = new Map<string, Ends>();
  for (const topic of new Set(topics))
    for (const { partition, low, high } of await admin.call(client => client.fetchTopicOffsets(topic)))
      ends.set(keyOf({ topic, partition }), { low, high });
  return ends;
}

/** The group's committed offsets. */
export class GroupPlaces implements Places {
  constructor(private readonly parts: PlacesParts & { readonly groupId: string }) {}

  async of(
    partitions: readonly TopicPartition[],
    commit: (places: readonly Place[]) => Promise<void>,
  ): Promise<readonly Place[]> {
    const committed = await this.#committed();
    const places: Place[] = [];
    const open: TopicPartition[] = [];
    for (const partition of partitions) {
      const offset = committed.get(keyOf(partition)) ?? NONE;
      if (Number(offset) >= 0) places.push({ ...partition, offset });
      else open.push(partition);
    }
    if (open.length === 0) return places;
    const { admin, from, knownPartitions } = this.parts;
    const ends = await endsOf(
      admin,
      open.map(({ topic }) => topic),
    );
    const decided = open.map(partition => {
      const { low = '0', high = '0' } = ends.get(keyOf(partition)) ?? {};
      // Anything else below zero is kafkajs' mark for a place that retention overtook: on with the oldest there is.
      const fresh = (committed.get(keyOf(partition)) ?? NONE) === NONE;
      const latest = fresh && from === 'latest' && partition.partition < knownPartitions(partition.topic);
      return { ...partition, offset: latest ? high : low };
    });
    await commit(decided);
    return [...places, ...decided];
  }

  async areDecided(): Promise<boolean> {
    const committed = await this.#committed();
    return [...committed.values()].every(offset => offset !== NONE);
  }

  async #committed(): Promise<ReadonlyMap<string, string>> {
    const { admin, groupId, topics } = this.parts;
    const answer = await admin.call(client => client.fetchOffsets({ groupId, topics: [...topics] }));
    return new Map(
      answer.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [keyOf({ topic, partition }), offset] as const),
      ),
    );
  }
}

/** Kept in memory: a private subscription survives its consumer's crashes, and nothing else. */
export class PrivatePlaces implements Places {
  readonly #next = new Map<string, string>();

  private constructor(private readonly parts: PlacesParts) {}

  static async decide(parts: PlacesParts): Promise<PrivatePlaces> {
    const places = new PrivatePlaces(parts);
    for (const [key, { low, high }] of await endsOf(parts.admin, parts.topics))
      places.#next.set(key, parts.from === 'latest' ? high : low);
    return places;
  }

  async of(partitions: readonly TopicPartition[]): Promise<readonly Place[]> {
    const added = partitions.filter(partition => !this.#next.has(keyOf(partition)));
    if (added.length > 0) {
      const ends = await endsOf(
        this.parts.admin,
        added.map(({ topic }) => topic),
      );
      for (const partition of added) this.#next.set(keyOf(partition), ends.get(keyOf(partition))?.low ?? '0');
    }
    return partitions.map(partition => ({ ...partition, offset: this.#next.get(keyOf(partition)) ?? '0' }));
  }

  areDecided(): Promise<boolean> {
    return Promise.resolve(true);
  }

  done({ offset, ...partition }: Place): void {
    this.#next.set(keyOf(partition), offset);
  }
}
