import { EventBusError } from '@replicante/event-bus';
import type {
  BusRecord,
  BusSubscription,
  EventBus,
  ReceivedRecord,
  SubscribeOptions,
} from '@replicante/event-bus';
import { randomUUID } from 'node:crypto';
import type { EventBusHarness } from './event-bus-harness.js';

/** What every case gets: two clients of one bus, made once per suite. */
export interface SuiteContext {
  readonly harness: EventBusHarness;
  readonly bus: EventBus;
  readonly other: EventBus;
}

export const PARTITIONS = 4;
export const freshName = (what: string): string => `${what}.${randomUUID()}`;

/** A topic of this case alone. */
export async function freshTopic(
  bus: EventBus,
  options: { readonly compacted?: boolean } = {},
): Promise<string> {
  const name = freshName('topic');
  await bus.ensureTopics([{ name, partitions: PARTITIONS, compacted: options.compacted ?? false }]);
  return name;
}

export const records = (topic: string, count: number, keys = 10, from = 0): BusRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    topic,
    key: `ns:${(from + index) % keys}`,
    value: String(from + index),
  }));

export interface Collected {
  readonly subscription: BusSubscription;
  readonly records: ReceivedRecord[];
  readonly errors: unknown[];
  values(): string[];
}

/** A subscription whose handler writes down what it got, and first does what the case wants of it. */
export async function collect(
  bus: EventBus,
  topic: string,
  options: Partial<Omit<SubscribeOptions, 'topics' | 'handler'>> = {},
  first: (batch: readonly ReceivedRecord[]) => Promise<void> = () => Promise.resolve(),
): Promise<Collected> {
  const received: ReceivedRecord[] = [];
  const errors: unknown[] = [];
  const subscription = await bus.subscribe({
    ...options,
    topics: [topic],
    onError: error => errors.push(error),
    handler: async batch => {
      await first(batch);
      received.push(...batch);
    },
  });
  await subscription.ready;
  return {
    subscription,
    records: received,
    errors,
    values: () => received.map(record => record.value ?? ''),
  };
}

/** The error that the call rejects with; fails when it does not. */
export async function failure(call: Promise<unknown>): Promise<EventBusError> {
  const outcome = await call.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
  if (!(outcome.error instanceof EventBusError)) throw outcome.error;
  return outcome.error;
}

/** Repeats the publish as the port asks of callers; true when it was acknowledged. */
export async function publishSurely(bus: EventBus, batch: readonly BusRecord[]): Promise<true> {
  for (;;) {
    try {
      await bus.publish(batch);
      return true;
    } catch (error) {
      if (!(error instanceof EventBusError) || error.code !== 'BUS_UNAVAILABLE') throw error;
    }
  }
}

/** Values by key, in the order in which they came. */
export function byKey(received: readonly ReceivedRecord[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const record of received)
    values.set(record.key, [...(values.get(record.key) ?? []), record.value ?? '']);
  return values;
}
