import type { TopicConfig } from '@replicante/event-bus';

/** Streams that are published; audit and coordinator streams stay inside. */
export const GATEWAY_STREAM_PREFIXES = ['cluster-', 'platform-', 'namespace-'] as const;

const DAY_MS = 24 * 60 * 60 * 1000;

export interface GatewayTopicOptions {
  /** Of each topic; default 16. Fixed for its life: a key's order stands on it. */
  readonly partitions?: number;
  /** How long events stay on the topics; default 7 days. The event store keeps them for ever. */
  readonly retentionMs?: number;
}

export const gatewayTopics = (options: GatewayTopicOptions = {}): readonly TopicConfig[] =>
  GATEWAY_STREAM_PREFIXES.map(prefix => ({
    name: topicOfPrefix(prefix),
    partitions: options.partitions ?? 16,
    compacted: false,
    retentionMs: options.retentionMs ?? 7 * DAY_MS,
  }));

const topicOfPrefix = (prefix: string): string => `replicante.${prefix.slice(0, -1)}`;

/** `cluster-default:pg` → topic `replicante.cluster`, key `default:pg`. Undefined: not a published stream. */
export function addressOf(streamId: string): { readonly topic: string; readonly key: string } | undefined {
  const prefix = GATEWAY_STREAM_PREFIXES.find(p => streamId.startsWith(p));
  return prefix && { topic: topicOfPrefix(prefix), key: streamId.slice(prefix.length) };
}
