import { describe, expect, it } from '@jest/globals';
import type { PublishableEvent } from './cloud-event.js';
import { cloudEvent, sampleCloudEvent } from './cloud-event.js';
import { topicAddress } from './topics.js';
import { upstreamCode } from './upstream-code.js';

const stored: PublishableEvent = {
  id: '0b8e1d7c-6a54-4f5e-9a1c-6f0b7f9f6f10',
  type: 'cluster.NodeChanged.v1',
  data: { before_status: null },
  streamId: 'cluster-default:pg',
  revision: 7,
  position: '000000000042',
  metadata: {
    commandId: 'c',
    correlationId: 'r',
    actor: { kind: 'anonymous', claimedName: 'root', verified: false },
    recordedAt: '2026-01-01T00:00:00.000Z',
  },
};

describe('an event on the bus', () => {
  it('is a CloudEvent with its key as subject and the code of upstream', () => {
    expect(cloudEvent(stored)).toEqual({
      specversion: '1.0',
      id: stored.id,
      type: 'cluster.NodeChanged.v1',
      source: '/streams/cluster-default%3Apg',
      subject: 'default:pg',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      dataschema: 'https://replicante.io/schemas/cluster.NodeChanged.v1.schema.json',
      revision: '7',
      position: '000000000042',
      commandid: 'c',
      correlationid: 'r',
      actor: 'anonymous',
      replicantecode: 'NODE_SYNC_NEW',
      data: { before_status: null },
    });
  });

  it('has attribute names that CloudEvents allows', () => {
    const metadata = { ...stored.metadata, causationId: 'x', traceparent: '00-a-b-01' };
    for (const name of Object.keys(cloudEvent({ ...stored, metadata })))
      expect(name).toMatch(/^[a-z0-9]{1,20}$/);
  });

  it('of an unknown type is published without a code', () => {
    expect(cloudEvent({ ...stored, type: 'cluster.FromTheFuture.v9' })).not.toHaveProperty('replicantecode');
  });

  it.each([
    ['cluster.NodeChanged.v1', { before_status: 'HEALTHY' }, 'NODE_SYNC_UPDATE'],
    ['cluster.ClusterSpecApplied.v1', { synthetic: true }, 'CLUSTER_DISCOVERY_SYNTHETIC'],
    ['cluster.ClusterSpecApplied.v1', { synthetic: false }, 'CLUSTER_SPEC_APPLY'],
    ['cluster.DiscoveryRecorded.v1', { before: null }, 'CLUSTER_DISCOVERY_NEW'],
    ['cluster.DiscoveryRecorded.v1', { before: {} }, 'CLUSTER_DISCOVERY_UPDATE'],
    ['cluster.NodeActionSynced.v1', { imported: true }, 'NACTION_SYNC_NEW'],
    ['cluster.OrchestratorActionFinished.v1', { action: { state: 'FAILED' } }, 'OACTION_FAIL'],
    ['cluster.DecisionMade.v1', {}, null],
    ['toString', {}, null],
  ])('%s %j is %s upstream', (type, data, code) => {
    expect(upstreamCode({ type, data })).toBe(code);
  });

  it('has a topic and key by its stream; audit streams have none', () => {
    expect(topicAddress('cluster-default:pg')).toEqual({ topic: 'replicante.cluster', key: 'default:pg' });
    expect(topicAddress('platform-default:local')).toEqual({
      topic: 'replicante.platform',
      key: 'default:local',
    });
    expect(topicAddress('namespace-a-b')).toEqual({ topic: 'replicante.namespace', key: 'a-b' });
    expect(topicAddress('coordinator-epoch')).toBeUndefined();
  });

  it('a sample is one event per cycle', () => {
    const sample = {
      ns_id: 'default',
      cluster_id: 'pg',
      cycle_id: 'x',
      mode: 'sync',
      began_at: '2026-01-01T00:00:00.000Z',
      completed_at: '2026-01-01T00:00:01.000Z',
      interval_seconds: 1,
      revision: 4,
      spec_revision: 0,
      converged: true,
      waits_for: [],
      observer: 'w',
      lease: null,
      nodes: [],
    } as const;
    expect(sampleCloudEvent(sample)).toMatchObject({ id: 'x', subject: 'default:pg', data: sample });
  });
});
