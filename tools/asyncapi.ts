import {
  CLOUD_EVENT_CONTENT_TYPE,
  CYCLE_SAMPLE_TYPE,
  eventSchemas,
  schemaId,
  TOPICS,
} from '@replicante/contracts';
import { gatewayTopics } from '@replicante/gateway';

/** Kafka's binding of AsyncAPI. */
const BINDING_VERSION = '0.5.0';
/** Where the schemas lie, seen from `docs/`. */
const SCHEMAS = '../libs/contracts/src/events';
const ID = '[A-Za-z0-9._-]{1,128}';

type Topic = keyof typeof TOPICS;

interface Channel {
  readonly title: string;
  readonly description: string;
  /** Of a record's key, which is the event's `subject`. */
  readonly key: { readonly description: string; readonly pattern: string };
  readonly types: readonly string[];
}

const eventTypes = Object.keys(eventSchemas).sort();
const typesOf = (context: string): readonly string[] =>
  eventTypes.filter(type => type.startsWith(`${context}.`));

const CHANNELS: Readonly<Record<Topic, Channel>> = {
  cluster: {
    title: 'Clusters',
    description:
      'Everything that changed of a cluster, every decision about it, and every action, in the order in which it was recorded.',
    key: { description: '`<namespace>:<cluster>`', pattern: `^${ID}:${ID}$` },
    types: typesOf('cluster'),
  },
  platform: {
    title: 'Platforms',
    description: 'What was declared of a platform, and what its discoveries showed.',
    key: { description: '`<namespace>:<platform>`', pattern: `^${ID}:${ID}$` },
    types: typesOf('platform'),
  },
  namespace: {
    title: 'Namespaces',
    description: 'What was declared of a namespace.',
    key: { description: '`<namespace>`', pattern: `^${ID}$` },
    types: typesOf('namespace'),
  },
  samples: {
    title: 'Samples',
    description:
      'The newest completed cycle of each cluster: volatile figures that no event carries. Best effort: one that could not be published is not repeated, the next cycle brings a newer one.',
    key: { description: '`<namespace>:<cluster>`', pattern: `^${ID}:${ID}$` },
    types: [CYCLE_SAMPLE_TYPE],
  },
};

const DESCRIPTION = `What Replicante publishes for others, on Kafka. Written from the contracts by \`tools/asyncapi.spec.ts\`
(UPDATE_GOLDEN=1); do not edit.

**Records** are CloudEvents 1.0 in structured JSON: the value is the whole event, \`data\` fits the JSON Schema that
\`dataschema\` names by its \`$id\`. The headers repeat id and type, so that a record can be skipped unparsed.

**Order** holds per key: one key lies in one partition, and first occurrences come in the order of \`revision\`. Keys go where
Kafka's default partitioner (murmur2) puts them. Over all keys there is no order; \`position\` sorts within one event store.

**Repeats** occur, after a crash of the publisher or a retry: the same \`id\`, the same \`revision\`. Whoever keeps the highest
\`revision\` of each \`source\` knows them. A gap in \`revision\` is an event that Kafka refused (larger than the brokers take): it is
put aside and told in \`replictl status\`. Samples have gaps by nature.

**Retention.** Topics of events keep 7 days (KAFKA_RETENTION_HOURS) and can be read from the beginning within that; the
event store keeps everything. The topic of samples is compacted to the newest record of each key.

**Partitions** are fixed for a topic's life (KAFKA_BUS_PARTITIONS): another count puts keys elsewhere, and their order ends.
Replicante refuses to publish to a topic whose count has changed; a change is announced, and done with publishers stopped and
consumers at the end.

**Compatibility.** A published type never changes: not its fields, not their meaning. A new shape is a new type, \`….v2\`, which
takes the place of the old one for what is recorded from then on; records of the old one stay as they are. New types, and new
extension attributes of the envelope, may come with any release: skip types that you do not know, and ignore attributes that
you do not know. Names of topics and forms of keys change with a new topic only.

**Names.** Topics begin with \`replicante\`; where KAFKA_TOPIC_PREFIX is set, with that instead: \`<prefix>.cluster\`.`;

const CLOUD_EVENT = {
  type: 'object',
  description: 'CloudEvents 1.0, JSON format, with the extension attributes of Replicante.',
  required: [
    'specversion',
    'id',
    'type',
    'source',
    'subject',
    'time',
    'datacontenttype',
    'dataschema',
    'data',
  ],
  properties: {
    specversion: { const: '1.0' },
    id: {
      type: 'string',
      minLength: 1,
      description: 'With `source` unique for ever. A repeat has the same.',
    },
    type: { type: 'string', description: '`<context>.<PastTense>.v<N>`' },
    source: { type: 'string', description: '`/streams/<stream>`; `/samples/<key>` for samples.' },
    subject: { type: 'string', description: "The record's key." },
    time: { type: 'string', format: 'date-time', description: 'Never runs backwards within one `source`.' },
    datacontenttype: { const: 'application/json' },
    dataschema: { type: 'string', description: '`$id` of the JSON Schema of `data`.' },
    data: {},
    revision: {
      type: 'string',
      pattern: String.raw`^\d+$`,
      description: 'Place in the stream, from 0; for samples the revision that the cycle ended at.',
    },
    position: {
      type: 'string',
      description: 'Place in the event store; opaque, sorts in order. Not of samples.',
    },
    commandid: { type: 'string' },
    correlationid: { type: 'string' },
    causationid: { type: 'string', description: 'Id of the event or command that led to this one.' },
    actor: {
      type: 'string',
      description: '`user:<id>`, `service:<id>`, `system:<component>` or `anonymous`.',
    },
    traceparent: { type: 'string', description: 'W3C trace context.' },
    replicantecode: {
      type: 'string',
      description: 'The code that the Rust implementation gives this change, such as NODE_SYNC_UPDATE.',
    },
  },
} as const;

const ref = (to: string): { readonly $ref: string } => ({ $ref: to });
const mapped = <T>(names: readonly string[], to: (name: string) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.map(name => [name, to(name)]));

function channel(topic: Topic): object {
  const { title, description, types } = CHANNELS[topic];
  const kept = gatewayTopics().find(({ name }) => name === TOPICS[topic]);
  // Samples have as many partitions as the others: `start-projection.ts`.
  const partitions = kept?.partitions ?? gatewayTopics()[0]?.partitions;
  const clean =
    kept === undefined
      ? { 'cleanup.policy': ['compact'] }
      : { 'cleanup.policy': ['delete'], 'retention.ms': kept.retentionMs };
  return {
    address: TOPICS[topic],
    title,
    description,
    messages: mapped(types, type => ref(`#/components/messages/${type}`)),
    bindings: {
      kafka: { topic: TOPICS[topic], partitions, topicConfiguration: clean, bindingVersion: BINDING_VERSION },
    },
  };
}

function message(type: string, { key }: Channel): object {
  return {
    name: type,
    contentType: CLOUD_EVENT_CONTENT_TYPE,
    headers: ref('#/components/schemas/Headers'),
    payload: {
      allOf: [
        ref('#/components/schemas/CloudEvent'),
        {
          type: 'object',
          properties: {
            type: { const: type },
            dataschema: { const: schemaId(type) },
            data: ref(`${SCHEMAS}/${type}.schema.json`),
          },
        },
      ],
    },
    bindings: { kafka: { key: { type: 'string', ...key }, bindingVersion: BINDING_VERSION } },
  };
}

const topics = Object.keys(TOPICS) as Topic[];

/** The AsyncAPI 3.0 document of all topics, from the contracts; `docs/asyncapi.yaml` is this as text. */
export const asyncApi = (version: string): object => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Replicante',
    version,
    description: DESCRIPTION,
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: CLOUD_EVENT_CONTENT_TYPE,
  servers: {
    kafka: {
      host: '{broker}',
      protocol: 'kafka',
      description: 'The brokers of the installation (KAFKA_BROKERS).',
      variables: { broker: { default: '127.0.0.1:9092' } },
    },
  },
  channels: mapped(topics, topic => channel(topic as Topic)),
  operations: mapped(topics, topic => ({
    action: 'send',
    channel: ref(`#/channels/${topic}`),
    summary: `Replicante publishes to ${TOPICS[topic as Topic]}.`,
  })),
  components: {
    messages: Object.fromEntries(
      topics.flatMap(topic => CHANNELS[topic].types.map(type => [type, message(type, CHANNELS[topic])])),
    ),
    schemas: {
      CloudEvent: CLOUD_EVENT,
      Headers: {
        type: 'object',
        required: ['ce-id', 'ce-type', 'content-type'],
        properties: {
          'ce-id': { type: 'string', description: '`id` of the event.' },
          'ce-type': { type: 'string', description: '`type` of the event.' },
          'content-type': { const: CLOUD_EVENT_CONTENT_TYPE },
        },
      },
    },
  },
});
