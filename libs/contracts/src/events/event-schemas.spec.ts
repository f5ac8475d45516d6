import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CycleSample } from '@replicante/domain';
import { eventSchemaDirectory } from '../contract-files.js';
import { decodeManifest } from '../manifest/decode-manifest.js';
import { fullSpecs } from '../manifest/full-specs.fixture.js';
import { CYCLE_SAMPLE_TYPE, schemaId } from './cloud-event.js';
import { eventSchemas } from './event-schemas.js';
import type { DataOf, PublishedEventType } from './published-event.js';
import { PUBLISHED_EVENT_TYPES } from './upstream-code.js';

const types = Object.keys(eventSchemas);
const fileOf = (type: string): string => join(eventSchemaDirectory, `${type}.schema.json`);
const text = (type: string): string => `${JSON.stringify(eventSchemas[type], null, 2)}\n`;

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, validateFormats: false });
const faults = (type: string, data: unknown): unknown[] => {
  const validate = ajv.getSchema(schemaId(type)) ?? ajv.compile(eventSchemas[type] ?? false);
  return validate(data) ? [] : (validate.errors ?? []);
};

describe('schemas of what is published', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') for (const type of types) writeFileSync(fileOf(type), text(type));

  it('exist for every event and for samples', () => {
    expect([...types].sort()).toEqual([...PUBLISHED_EVENT_TYPES, CYCLE_SAMPLE_TYPE].sort());
  });

  it.each(types)('are valid, and on file as they are in the code: %s', type => {
    expect(ajv.validateSchema(eventSchemas[type] ?? {})).toBe(true);
    expect(JSON.parse(readFileSync(fileOf(type), 'utf8'))).toEqual(eventSchemas[type]);
  });

  it('have no file left of an event that is gone', () => {
    const files = readdirSync(eventSchemaDirectory).filter(name => name.endsWith('.schema.json'));
    expect(files.sort()).toEqual(types.map(type => `${type}.schema.json`).sort());
  });

  it('take what the domain writes, whole manifests included', () => {
    const decoded = (['Namespace', 'Platform', 'ClusterSpec'] as const).map(kind =>
      decodeManifest({ apiVersion: 'replicante.io/v0', kind, spec: fullSpecs[kind] }),
    );
    for (const one of decoded) {
      if (!one.ok) throw new Error('a full manifest is refused');
      const { manifest } = one;
      if (manifest.kind === 'Namespace')
        expect(faults('namespace.NamespaceApplied.v1', { namespace: manifest.namespace })).toEqual([]);
      if (manifest.kind === 'Platform')
        expect(faults('platform.PlatformApplied.v1', { platform: manifest.platform })).toEqual([]);
      if (manifest.kind === 'ClusterSpec')
        expect(faults('cluster.ClusterSpecApplied.v1', { spec: manifest.spec, synthetic: false })).toEqual(
          [],
        );
    }
  });

  const node: DataOf<'cluster.NodeChanged.v1'> = {
    node: {
      ns_id: 'default',
      cluster_id: 'pg',
      node_id: 'pg 1',
      node_status: { UNKNOWN: 'odd' },
      details: {
        address: { client: 'a:1', member: null, metrics: 'a:2' },
        agent_version: { checkout: 'c', number: '1', taint: 'no' },
        attributes: { zone: 'a', weight: 1.5, voting: true, note: null },
        store_id: 'postgresql',
        store_version: { checkout: null, number: '18', extra: null },
      },
    },
    before_status: null,
    quarantine: null,
    error: { error_msg: 'no', error_trail: ['a'] },
    observer: 'worker-1',
  };
  const sample: CycleSample = {
    ns_id: 'default',
    cluster_id: 'pg',
    cycle_id: 'x',
    mode: 'sync',
    began_at: '2026-01-01T00:00:00.000Z',
    completed_at: '2026-01-01T00:00:00.000Z',
    interval_seconds: 1,
    revision: 4,
    spec_revision: 0,
    converged: false,
    waits_for: ['1 of 3 nodes'],
    observer: 'worker-1',
    lease: { epoch: 0, token: 1, holder: 's' },
    nodes: [
      {
        node_id: 'pg 1',
        node_status: 'HEALTHY',
        observed_at: '2026-01-01T00:00:00.000Z',
        shards: [{ shard_id: 'pg', commit_offset: { unit: { unit: 'bytes' }, value: 7 }, lag: null }],
        volatile: { load: 0.5 },
      },
    ],
  };

  it('take nodes and samples', () => {
    expect(faults('cluster.NodeChanged.v1', node)).toEqual([]);
    expect(faults(CYCLE_SAMPLE_TYPE, sample)).toEqual([]);
  });

  it('refuse a field too many, one too few, and one of another type', () => {
    const { observer: _, ...fewer } = node;
    expect(faults('cluster.NodeChanged.v1', { ...node, extra: 1 })).toHaveLength(1);
    expect(faults('cluster.NodeChanged.v1', fewer)).toHaveLength(1);
    expect(faults(CYCLE_SAMPLE_TYPE, { ...sample, revision: '4' })).toHaveLength(1);
  });

  it('refer to nothing outside of themselves', () => {
    const inCluster: PublishedEventType = 'cluster.CycleRequested.v1';
    expect(faults(inCluster, { ns_id: 'default', cluster_id: 'pg' })).toEqual([]);
    for (const type of types) expect(() => faults(type, {})).not.toThrow();
  });
});
