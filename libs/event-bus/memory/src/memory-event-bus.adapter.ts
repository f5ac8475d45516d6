import { checkRecords, checkTopics, EventBusError } from '@replicante/event-bus';
import type {
  BusRecord,
  BusSubscription,
  EventBus,
  SubscribeOptions,
  TopicConfig,
} from '@replicante/event-bus';
import { MemoryBroker } from './memory-broker.js';
import type { MemoryMember } from './memory-group.js';

class MemoryEventBus implements EventBus {
  readonly capabilities = { durable: false, takeoverBoundMs: 0 };
  readonly #subscriptions = new Set<BusSubscription>();
  #closed = false;

  constructor(private readonly broker: MemoryBroker) {}

  async ensureTopics(topics: readonly TopicConfig[]): Promise<void> {
    const broker = this.#open();
    checkTopics(topics);
    for (const topic of topics) broker.ensureTopic(topic);
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    const broker = this.#open();
    checkRecords(records);
    broker.publish(records);
  }

  async subscribe(options: SubscribeOptions): Promise<BusSubscription> {
    const broker = this.#open();
    const topics = options.topics.map(name => broker.topic(name));
    const group = broker.group(options.group);
    const member: MemoryMember = { options, inHand: new Set() };
    const subscription: BusSubscription = {
      ready: Promise.resolve(),
      close: async () => {
        this.#subscriptions.delete(subscription);
        await group.leave(member);
        if (options.group === undefined) broker.forget(group);
      },
    };
    this.#subscriptions.add(subscription);
    group.join(member, topics);
    return subscription;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map(subscription => subscription.close()));
  }

  #open(): MemoryBroker {
    if (this.#closed) throw new EventBusError('BUS_UNAVAILABLE', 'the event bus client is closed');
    return this.broker;
  }
}

/** A bus that lives as long as its broker; clients that share a broker share topics and groups. */
export const memoryEventBus = (broker: MemoryBroker = new MemoryBroker()): EventBus =>
  new MemoryEventBus(broker);
