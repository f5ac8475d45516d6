import { EventBusError, type BusSubscription, type ReceivedRecord } from '@replicante/event-bus';
import {
  GroupConsumer,
  isPassing,
  pause,
  type GroupConsumerOptions,
  type Place,
  type TopicPartition,
} from '@replicante/kafka-client';
import { PartitionLane } from './partition-lane.js';
import { keyOf, type Places } from './places.js';
import { decode } from './record-codec.js';

export interface KafkaSubscriptionParts extends Omit<
  GroupConsumerOptions,
  'places' | 'begin' | 'received' | 'release'
> {
  readonly places: Places;
  /** A private subscription's own book of what is done; a group's is Kafka. */
  readonly done: ((place: Place) => void) | undefined;
  /** Kafka's name of a topic → the port's. */
  readonly portName: (topic: string) => string;
  readonly handler: (records: readonly ReceivedRecord[]) => Promise<void>;
  /** A partition is ours. */
  readonly met: (partition: TopicPartition) => void;
}

const READY_LOOK_MS = 100;

/** One subscription: a consumer, and a lane for each partition that it holds. */
export class KafkaSubscription implements BusSubscription {
  readonly ready: Promise<void>;
  readonly #consumer: GroupConsumer;
  readonly #lanes = new Map<string, PartitionLane>();
  /** Lanes that were stopped and may still have a batch in hand, by partition. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #toldForeign = new Set<string>();
  readonly #stop = new AbortController();
  /** Grows when partitions are assigned. */
  #round = 0;
  #closed: Promise<void> | undefined;

  constructor(private readonly parts: KafkaSubscriptionParts) {
    const { places, ...options } = parts;
    this.#consumer = new GroupConsumer({
      ...options,
      places: (partitions, commit) => places.of(partitions, commit),
      begin: begun => this.#begin(begun),
      received: (from, messages) => this.#received(from, messages),
      release: () => this.#release(),
    });
    this.#consumer.start();
    this.ready = this.#becomeReady();
    // Nobody has to wait for it: what goes wrong meanwhile is told through onError.
    this.ready.catch(() => undefined);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    await this.#consumer.close();
    await this.#release();
  }

  /** Not when it has joined: a group may be busy with a batch, and its places stand whoever reads on from them. */
  async #becomeReady(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (await this.parts.places.areDecided()) return;
      } catch (error) {
        if (!isPassing(error)) this.parts.onError(error);
      }
      await pause(READY_LOOK_MS, signal);
    }
    throw new EventBusError('BUS_UNAVAILABLE', 'the subscription was closed before it was ready');
  }

  #begin(places: readonly Place[]): void {
    this.#round += 1;
    for (const lane of [...this.#lanes]) void this.#end(lane);
    for (const place of places) {
      const key = keyOf(place);
      this.parts.met(place);
      this.#lanes.set(key, this.#lane(place));
    }
  }

  #lane({ topic, partition }: Place): PartitionLane {
    const place = { topic, partition };
    const round = this.#round;
    return new PartitionLane({
      after: this.#ending.get(keyOf(place)) ?? Promise.resolve(),
      handler: this.parts.handler,
      commit: next => this.#commit({ ...place, offset: next }, round),
      mayBegin: () => this.#consumer.isSure(),
      hold: () => this.#consumer.pause(place),
      release: () => this.#consumer.resume(place),
      onError: error => {
        if (!isPassing(error)) this.parts.onError(error);
      },
    });
  }

  async #commit(place: Place, round: number): Promise<void> {
    if (this.parts.done !== undefined) return this.parts.done(place);
    // Kafka looks at the membership only: it would take the place from a member that holds the partition no longer.
    if (round !== this.#round)
      throw new EventBusError(
        'BUS_UNAVAILABLE',
        `${keyOf(place)} was assigned anew while a batch of it was in hand`,
      );
    await this.#consumer.commit([place]);
  }

  #received(from: TopicPartition, messages: Parameters<GroupConsumerOptions['received']>[1]): void {
    const lane = this.#lanes.get(keyOf(from));
    if (lane === undefined) return;
    const topic = this.parts.portName(from.topic);
    lane.push(
      messages.map(message => {
        const { record, foreign } = decode(topic, from.partition, message);
        if (foreign) this.#tellForeign(record);
        return record;
      }),
    );
  }

  #tellForeign({ topic, partition, offset }: ReceivedRecord): void {
    if (this.#toldForeign.has(topic)) return;
    this.#toldForeign.add(topic);
    const what = `${topic}/${partition} has at ${offset} what no client of ours writes; such records are passed on as text`;
    this.parts.onError(new EventBusError('RECORD_INVALID', what));
  }

  async #release(): Promise<void> {
    await Promise.all([...this.#lanes].map(lane => this.#end(lane)));
    await Promise.all(this.#ending.values());
  }

  async #end([key, lane]: readonly [string, PartitionLane]): Promise<void> {
    this.#lanes.delete(key);
    const before = this.#ending.get(key);
    const ended = Promise.all([before, lane.stop()]).then(() => {
      if (this.#ending.get(key) === ended) this.#ending.delete(key);
    });
    this.#ending.set(key, ended);
    await ended;
  }
}
