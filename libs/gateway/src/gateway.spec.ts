import { describe, expect, it } from '@jest/globals';
import type { BusRecord, EventBus } from '@replicante/event-bus';
import type { StoredEvent } from '@replicante/event-store';
import { gatewayProjection } from './gateway.projection.js';
import { gatewaySink, type GatewayCheckpoints } from './gateway.sink.js';
import { gatewayTopics } from './topics.js';

const event = (streamId: string, revision = 0): StoredEvent => ({
  id: `id-${streamId}-${revision}`,
  type: 'cluster.CycleRequested.v1',
  data: {},
  streamId,
  revision,
  position: String(revision),
  metadata: {
    commandId: 'c',
    correlationId: 'c',
    actor: { kind: 'anonymous', verified: false },
    recordedAt: '2026-01-01T00:00:00.000Z',
  },
});

/** Keeps what was published; fails the next publish when told to. */
class Topics implements Pick<EventBus, 'publish'> {
  records: BusRecord[] = [];
  fail: Error | undefined;
  async publish(records: readonly BusRecord[]): Promise<void> {
    const { fail } = this;
    this.fail = undefined;
    if (fail) throw fail;
    this.records.push(...records);
  }
}

function setUp() {
  const topics = new Topics();
  const moves: string[] = [];
  const checkpoints: GatewayCheckpoints<string, string> = {
    checkpoint: async () => moves.at(-1),
    move: async (_, to) => void moves.push(to),
    record: async () => undefined,
  };
  const sink = gatewaySink(topics as unknown as EventBus, checkpoints);
  return { topics, moves, sink };
}

describe('the gateway', () => {
  const project = gatewayProjection(e => ({ id: e.id, type: e.type }));

  it('publishes each category on its topic under the key of its subject, with the id in a header', () => {
    expect(project(event('cluster-default:pg'))).toEqual([
      {
        topic: 'replicante.cluster',
        key: 'default:pg',
        value: '{"id":"id-cluster-default:pg-0","type":"cluster.CycleRequested.v1"}',
        headers: {
          'ce-id': 'id-cluster-default:pg-0',
          'ce-type': 'cluster.CycleRequested.v1',
          'content-type': 'application/cloudevents+json; charset=UTF-8',
        },
      },
    ]);
    expect(project(event('platform-default:local'))[0]).toMatchObject({
      topic: 'replicante.platform',
      key: 'default:local',
    });
    expect(project(event('namespace-default'))[0]).toMatchObject({
      topic: 'replicante.namespace',
      key: 'default',
    });
  });

  it('has a topic for whatever it publishes', () => {
    const names = gatewayTopics().map(t => t.name);
    for (const stream of ['cluster-a:b', 'platform-a:b', 'namespace-a'])
      expect(names).toContain(project(event(stream))[0]?.topic);
  });

  it('publishes nothing of streams that are not for outside', () => {
    expect(project(event('coordinator-epoch'))).toEqual([]);
    expect(project(event('audit-2026-01'))).toEqual([]);
  });

  it('moves its checkpoint only after the bus acknowledged', async () => {
    const { topics, moves, sink } = setUp();
    const batch = { changes: project(event('cluster-a:b')), from: undefined, to: '1', deadLetters: [] };
    topics.fail = Object.assign(new Error('no broker'), { code: 'BUS_UNAVAILABLE' });
    await expect(sink.write(batch)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    expect(moves).toEqual([]);
    await sink.write(batch);
    expect(moves).toEqual(['1']);
    expect(topics.records).toHaveLength(1);
  });

  it('calls a record that the bus cannot take refused, so that it is put aside and not tried for ever', async () => {
    const { topics, moves, sink } = setUp();
    topics.fail = Object.assign(new Error('too large'), { code: 'RECORD_INVALID' });
    const batch = { changes: project(event('cluster-a:b')), from: undefined, to: '1', deadLetters: [] };
    await expect(sink.write(batch)).rejects.toMatchObject({ code: 'CHANGES_REFUSED' });
    expect(moves).toEqual([]);
  });

  it('passes a stretch without anything to publish', async () => {
    const { topics, moves, sink } = setUp();
    await sink.write({ changes: [], from: undefined, to: '7', deadLetters: [] });
    expect(topics.records).toEqual([]);
    expect(moves).toEqual(['7']);
  });
});
