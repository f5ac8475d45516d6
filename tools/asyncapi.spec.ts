import { describe, expect, it } from '@jest/globals';
import {
  cloudEvent,
  CLOUD_EVENT_CONTENT_TYPE,
  CYCLE_SAMPLE_TYPE,
  eventSchemaDirectory,
  eventSchemas,
  PUBLISHED_EVENT_TYPES,
  topicAddress,
  TOPICS,
} from '@replicante/contracts';
import { gatewayProjection, gatewayTopics } from '@replicante/gateway';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse, stringify } from 'yaml';
import { asyncApi } from './asyncapi.js';

const file = 'docs/asyncapi.yaml';

interface Message {
  readonly contentType: string;
  readonly payload: {
    readonly allOf: readonly [
      { readonly $ref: string },
      { readonly properties: { readonly data: { readonly $ref: string } } },
    ];
  };
  readonly bindings: { readonly kafka: { readonly key: { readonly pattern: string } } };
}
interface Document {
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly address: string;
        readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
        readonly bindings: {
          readonly kafka: {
            readonly topic: string;
            readonly partitions: number;
            readonly topicConfiguration: Readonly<Record<string, unknown>>;
          };
        };
      }
    >
  >;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<'CloudEvent' | 'Headers', object>>;
  };
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const text = async (): Promise<string> =>
  format(stringify(asyncApi(version), { aliasDuplicateObjects: false, lineWidth: 0 }), {
    ...(await resolveConfig(file)),
    parser: 'yaml',
  });
const document = asyncApi(version) as Document;

const stored = (streamId: string, type: string) =>
  ({
    id: '0b8e1d7c-6a54-4f5e-9a1c-6f0b7f9f6f10',
    type,
    data: {},
    streamId,
    revision: 7,
    position: '000000000042',
    metadata: {
      commandId: 'c',
      correlationId: 'r',
      causationId: 'x',
      actor: { kind: 'anonymous', verified: false },
      recordedAt: '2026-01-01T00:00:00.000Z',
      traceparent: '00-a-b-01',
    },
  }) as const;

describe('docs/asyncapi.yaml', () => {
  it('is on file as the contracts say now', async () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, await text());
    expect(readFileSync(file, 'utf8')).toBe(await text());
    expect(parse(await text())).toEqual(document);
  });

  it('has each published type in the channel of its topic, and nowhere else', () => {
    const found = Object.entries(document.channels).flatMap(([, { address, messages }]) =>
      Object.keys(messages).map(type => `${address} ${type}`),
    );
    const expected = PUBLISHED_EVENT_TYPES.map(type => {
      const context = type.split('.')[0] ?? '';
      return `${topicAddress(`${context}-a:b`)?.topic ?? 'none'} ${type}`;
    });
    expect(found.sort()).toEqual([...expected, `${TOPICS.samples} ${CYCLE_SAMPLE_TYPE}`].sort());
    expect(Object.keys(document.components.messages).sort()).toEqual(Object.keys(eventSchemas).sort());
  });

  it('describes the topics that are made', () => {
    for (const { name, partitions, retentionMs } of gatewayTopics()) {
      const { kafka } =
        Object.values(document.channels).find(({ address }) => address === name)?.bindings ?? {};
      expect(kafka).toMatchObject({
        topic: name,
        partitions,
        topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': retentionMs },
      });
    }
    expect(document.channels['samples']?.bindings.kafka.topicConfiguration).toEqual({
      'cleanup.policy': ['compact'],
    });
  });

  it('refers to schemas that are on file', () => {
    for (const [type, { payload }] of Object.entries(document.components.messages)) {
      const { $ref } = payload.allOf[1].properties.data;
      const schema: unknown = JSON.parse(readFileSync(join(eventSchemaDirectory, basename($ref)), 'utf8'));
      expect(readFileSync(join('docs', $ref), 'utf8')).not.toBe('');
      expect(schema).toEqual(eventSchemas[type]);
    }
  });

  it.each([
    ['cluster-default:pg', 'cluster.NodeChanged.v1'],
    ['platform-default:local', 'platform.PlatformApplied.v1'],
    ['namespace-default', 'namespace.NamespaceApplied.v1'],
  ])('describes the record that %s is published as: envelope, headers, key', (streamId, type) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const { CloudEvent, Headers } = document.components.schemas;
    const [record] = gatewayProjection(cloudEvent)(stored(streamId, type));
    expect(record?.headers?.['content-type']).toBe(CLOUD_EVENT_CONTENT_TYPE);
    const event = JSON.parse(record?.value ?? '') as Record<string, unknown>;
    expect(ajv.validate(Headers, record?.headers)).toBe(true);
    expect(ajv.validate(CloudEvent, event)).toBe(true);
    expect(ajv.validate(CloudEvent, { ...event, revision: 7 })).toBe(false);
    const { key } = document.components.messages[type]?.bindings.kafka ?? { key: { pattern: '^$' } };
    expect(record?.key).toMatch(new RegExp(key.pattern));
    expect(event['subject']).toBe(record?.key);
  });

  it('describes every attribute that an event can have', () => {
    const described = document.components.schemas.CloudEvent as { properties: object };
    const event = cloudEvent(stored('cluster-default:pg', 'cluster.NodeRemoved.v1'));
    expect(Object.keys(described.properties)).toEqual(expect.arrayContaining(Object.keys(event)));
  });
});
