import type { EventBus } from '@replicante/event-bus';
import { KafkaAdmin, KafkaClient, type KafkaClientOptions } from '@replicante/kafka-client';
import { busError } from './bus-error.js';
import { KafkaEventBus } from './kafka-event-bus.adapter.js';
import { TopicLayout } from './topic-layout.js';

export interface KafkaEventBusOptions extends Pick<KafkaClientOptions, 'brokers' | 'ssl' | 'sasl' | 'route'> {
  /** Default `replicante-event-bus`. */
  readonly clientId?: string;
  /** Kafka's name for a topic of the port. Default: the same. */
  readonly topicName?: (topic: string) => string;
  /** Kafka's name for a group of the port, private subscriptions included. Default: the same. */
  readonly groupName?: (group: string) => string;
  /** Of every topic that is made, instead of what is asked for. Fixed for a topic's life. */
  readonly partitions?: number;
  /** Of topics that are kept for a time, instead of what is asked for. */
  readonly retentionMs?: number;
  /** Of topics that are made. Default: the brokers'. */
  readonly replicationFactor?: number;
  /** A publish is given up after this; one that had to wait for it, after twice this. Default 5,000 ms. */
  readonly publishTimeoutMs?: number;
  /** A group's member that is silent for so long loses its partitions; default 10,000 ms, brokers allow no less than 6,000. */
  readonly sessionTimeoutMs?: number;
  /** Default 2,000 ms. */
  readonly heartbeatMs?: number;
  /** How long a group that changes waits for a batch in hand; default 30,000 ms. */
  readonly rebalanceTimeoutMs?: number;
  /** An idle reader asks again after this; default 250 ms. What is published wakes it at once. */
  readonly maxWaitMs?: number;
  /** Partitions that somebody added are noticed after this; default 30,000 ms. */
  readonly metadataMaxAgeMs?: number;
  /** Faults that the bus recovers from by itself and that belong to no subscription with an `onError` of its own. */
  readonly onError?: (error: unknown) => void;
}

/** Boot and joins ask these, on a broker that may still be starting: they may take longer than a publish. */
const ADMIN_TIMEOUT_MS = 10_000;

/** Opens the bus; rejects with `BUS_UNAVAILABLE` when no broker answers. */
export async function openKafkaEventBus(options: KafkaEventBusOptions): Promise<EventBus> {
  const { brokers, ssl, sasl, route, clientId = 'replicante-event-bus' } = options;
  const requestTimeoutMs = options.publishTimeoutMs ?? 5_000;
  const onError = options.onError ?? (() => undefined);
  const open = () =>
    new KafkaClient({
      brokers,
      clientId,
      requestTimeoutMs,
      onError,
      ...(ssl !== undefined && { ssl }),
      ...(sasl !== undefined && { sasl }),
      ...(route !== undefined && { route }),
    });
  const admin = new KafkaAdmin({ open, timeoutMs: Math.max(ADMIN_TIMEOUT_MS, requestTimeoutMs) });
  const layout = new TopicLayout({
    admin,
    topicName: options.topicName ?? (topic => topic),
    partitions: options.partitions,
    retentionMs: options.retentionMs,
    replicationFactor: options.replicationFactor,
    onError,
  });
  await admin
    .call(client => client.describeCluster())
    .catch((error: unknown) => {
      admin.close();
      throw busError(error);
    });
  return new KafkaEventBus({
    open,
    admin,
    layout,
    groupName: options.groupName ?? (group => group),
    publishTimeoutMs: requestTimeoutMs,
    requestTimeoutMs,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
    heartbeatMs: options.heartbeatMs ?? 2_000,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 30_000,
    maxWaitMs: options.maxWaitMs ?? 250,
    metadataMaxAgeMs: options.metadataMaxAgeMs ?? 30_000,
    onError,
  });
}
