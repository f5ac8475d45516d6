import { makeTopics, partitionCounts } from '@replicante/kafka-client';
import { TaskQueueError } from '@replicante/task-queue';
import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import type { QueueTopics } from './queue-log.js';

/** Stated nowhere in the log and needed for all of it. Value → what happens otherwise. */
const NEEDED: readonly (readonly [name: string, isRight: (value: string) => boolean, otherwise: string])[] = [
  [
    'message.timestamp.type',
    value => value === 'LogAppendTime',
    'producers’ clocks would decide what is due, expired or silent',
  ],
  [
    'cleanup.policy',
    value => value === 'delete',
    'compaction would remove steps that the state follows from',
  ],
];
const WANTED: typeof NEEDED = [
  ['retention.ms', value => value === '-1', 'tasks that wait longer are lost, and counts with them'],
  ['retention.bytes', value => value === '-1', 'a long queue loses its oldest tasks'],
  [
    'compression.type',
    value => value === 'uncompressed' || value === 'gzip',
    'a message that somebody packed otherwise stops every reader',
  ],
];

export const queueTopics = (prefix: string): QueueTopics => ({
  tasks: `${prefix}.tasks`,
  members: `${prefix}.task-consumers`,
});

export interface MakeQueueTopics {
  readonly topics: QueueTopics;
  readonly partitions: number | undefined;
  readonly byDefault: number;
  readonly replicationFactor: number | undefined;
  readonly onError: (error: unknown) => void;
}

/** Makes what is missing and changes nothing that is there. Answers the number of partitions that the queue has. */
export async function madeQueueTopics(admin: Admin, options: MakeQueueTopics): Promise<number> {
  const { topics, partitions: wanted, byDefault, replicationFactor } = options;
  const shared = { compacted: false, ...(replicationFactor !== undefined && { replicationFactor }) };
  await makeTopics(admin, [
    { name: topics.tasks, partitions: wanted ?? byDefault, ...shared },
    { name: topics.members, partitions: 1, ...shared },
  ]);
  const partitions = (await partitionCounts(admin, [topics.tasks])).get(topics.tasks) ?? 0;
  if (partitions === 0)
    throw new TaskQueueError('QUEUE_UNAVAILABLE', `${topics.tasks} was made and cannot be seen yet`);
  if (wanted !== undefined && wanted !== partitions)
    throw new TaskQueueError(
      'PARTITIONS_FIXED',
      `${topics.tasks} has ${partitions} partitions, not ${wanted}: their number is fixed for the queue's life`,
    );
  await checkSettings(admin, options);
  return partitions;
}

async function checkSettings(admin: Admin, { topics, onError }: MakeQueueTopics): Promise<void> {
  const configNames = [...NEEDED, ...WANTED].map(([name]) => name);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [topics.tasks, topics.members].map(name => {
      return { type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames };
    }),
  });
  for (const { resourceName, configEntries } of resources) {
    const settings = new Map(configEntries.map(entry => [entry.configName, entry.configValue]));
    const faults = (rules: typeof NEEDED): string[] =>
      rules.flatMap(([name, isRight, otherwise]) => {
        const value = settings.get(name) ?? '';
        return isRight(value) ? [] : [`${resourceName} has ${name}=${value}: ${otherwise}`];
      });
    const fatal = faults(NEEDED);
    if (fatal.length > 0) throw new TaskQueueError('QUEUE_UNAVAILABLE', fatal.join('; '));
    for (const fault of faults(WANTED)) onError(new TaskQueueError('QUEUE_UNAVAILABLE', fault));
  }
}
