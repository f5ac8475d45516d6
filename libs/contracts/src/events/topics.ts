/** Topics of the bus. Keys: `<ns>:<cluster>`, `<ns>:<platform>`, `<ns>`, and `<ns>:<cluster>` again for samples. */
export const TOPICS = {
  cluster: 'replicante.cluster',
  platform: 'replicante.platform',
  namespace: 'replicante.namespace',
  /** Compacted: the newest completed cycle of each cluster. */
  samples: 'replicante.samples',
} as const;

export type TopicName = (typeof TOPICS)[keyof typeof TOPICS];

export interface TopicAddress {
  readonly topic: TopicName;
  readonly key: string;
}

const BY_CATEGORY: readonly (readonly [prefix: string, topic: TopicName])[] = [
  ['cluster-', TOPICS.cluster],
  ['platform-', TOPICS.platform],
  ['namespace-', TOPICS.namespace],
];

/** `cluster-default:pg` → `replicante.cluster`, `default:pg`. Undefined: that stream is not published. */
export function topicAddress(streamId: string): TopicAddress | undefined {
  const found = BY_CATEGORY.find(([prefix]) => streamId.startsWith(prefix));
  return found && { topic: found[1], key: streamId.slice(found[0].length) };
}

export const sampleKey = (sample: { readonly ns_id: string; readonly cluster_id: string }): string =>
  `${sample.ns_id}:${sample.cluster_id}`;
