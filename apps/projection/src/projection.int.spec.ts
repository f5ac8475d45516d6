import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CYCLE_SAMPLE_TYPE, sampleCloudEvent, TOPICS } from '@replicante/contracts';
import { memoryCoordinator } from '@replicante/coordinator-memory';
import type { CycleSample } from '@replicante/domain';
import type { ReceivedRecord } from '@replicante/event-bus';
import { memoryEventBus } from '@replicante/event-bus-memory';
import type { EventStore } from '@replicante/event-store';
import { memoryEventStore } from '@replicante/event-store-memory';
import { clusterStream } from '@replicante/kernel';
import { openControl, ReadModels, requestRebuild } from '@replicante/read-models';
import type { Ports, RunningService } from '@replicante/service';
import { memoryTaskQueue } from '@replicante/task-queue-memory';
import {
  createDatabase,
  eventually,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '@replicante/testing';
import { v4 } from 'uuid';
import { startProjection } from './start-projection.js';

const stream = clusterStream('default', 'pg');
const sample: CycleSample = {
  ns_id: 'default',
  cluster_id: 'pg',
  cycle_id: 'cycle-1',
  mode: 'sync',
  began_at: '2026-01-01T00:00:00.000Z',
  completed_at: '2026-01-01T00:00:01.000Z',
  interval_seconds: 5,
  revision: 0,
  spec_revision: 0,
  converged: false,
  waits_for: [],
  observer: 'worker',
  lease: null,
  nodes: [],
};

describe('the projection service', () => {
  let server: TestPostgres;
  let database: TestDatabase;
  let ports: Ports;
  let reader: ReadModels;
  let published: ReceivedRecord[];
  const running: RunningService[] = [];

  beforeAll(async () => {
    server = await startTestPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await createDatabase(server.url);
    ports = {
      eventStore: memoryEventStore(),
      eventBus: memoryEventBus(),
      taskQueue: memoryTaskQueue(),
      coordinator: memoryCoordinator(),
      close: () => Promise.resolve(),
    };
    reader = await ReadModels.open({ connectionString: database.url });
    published = [];
  });
  afterEach(async () => {
    for (const service of running.splice(0)) await service.stop();
    await reader.close();
    await database.drop();
  });

  const start = async (instance: string) => {
    const service = await startProjection({
      environment: {
        DATABASE_URL: database.url,
        PROBE_PORT: '0',
        LOG_LEVEL: 'fatal',
        INSTANCE_NAME: instance,
      },
      ports,
    });
    running.push(service);
    return service;
  };
  const request = (store: EventStore, revision: number) =>
    store.append(stream, revision === 0 ? 'no_stream' : revision - 1, [
      {
        id: v4(),
        type: 'cluster.CycleRequested.v1',
        data: { ns_id: 'default', cluster_id: 'pg' },
        metadata: {
          commandId: v4(),
          correlationId: 'c',
          actor: { kind: 'anonymous', verified: false },
          recordedAt: '2026-01-01T00:00:00.000Z',
        },
      },
    ]);
  const hear = () =>
    ports.eventBus.subscribe({
      topics: [TOPICS.cluster],
      from: 'earliest',
      handler: async records => void published.push(...records),
    });
  const caughtUp = () =>
    eventually(async () => (await reader.position()) === ((await ports.eventStore.head()) ?? null), {
      within: 10_000,
    });

  it('fills the rows, publishes every event in order, and says how far it is', async () => {
    for (let n = 0; n < 3; n += 1) await request(ports.eventStore, n);
    const service = await start('projection-1');
    await caughtUp();
    await hear();
    await eventually(() => published.length === 3, { within: 5_000 });
    expect(published.map(r => [r.key, (JSON.parse(r.value ?? '') as { revision: string }).revision])).toEqual(
      [
        ['default:pg', '0'],
        ['default:pg', '1'],
        ['default:pg', '2'],
      ],
    );
    await eventually(async () => (await service.probes.readiness()).ready, { within: 5_000 });
    const metrics = await service.probes.metrics.metrics();
    expect(metrics).toMatch(/replicante_subscription_lag_events\{subscription="read-models-v1".*\} 0/);
    expect(metrics).toMatch(/replicante_subscription_position\{subscription="gateway".*\} 3/);
    expect(metrics).toMatch(/replicante_subscription_leading\{subscription="read-models-v1.samples".*\} 1/);
  });

  it('keeps the latest sample of each cluster and passes what is malformed', async () => {
    const service = await start('projection-1');
    await caughtUp();
    // The topic is compacted: each under a key of its own, or the bus keeps only the last.
    let key = 0;
    const record = (value: string | null) => ({ topic: TOPICS.samples, key: `default:${(key += 1)}`, value });
    const wrongTime = { ...sample, completed_at: 'no time' };
    await ports.eventBus.publish([
      record('{'),
      record(null),
      record(JSON.stringify({ type: CYCLE_SAMPLE_TYPE, data: {} })),
      record(JSON.stringify(sampleCloudEvent(wrongTime))),
      record(JSON.stringify(sampleCloudEvent(sample))),
    ]);
    const rows = await eventually(
      async () => {
        const found = await (
          await reader.sql()
        )<{ id: string }>(`SELECT sample ->> 'cycle_id' AS id FROM samples`);
        return found.length > 0 && found;
      },
      { within: 5_000 },
    );
    expect(rows).toEqual([{ id: 'cycle-1' }]);
    // On partitions of their own: they may be met after the one that counts.
    const refused = /replicante_samples_total\{result="refused".*\} 3/;
    await eventually(async () => refused.test(await service.probes.metrics.metrics()), { within: 5_000 });
  });

  it('has one active instance per subscription, and another takes over when it goes', async () => {
    const first = await start('projection-1');
    await caughtUp();
    const second = await start('projection-2');
    const holders = async () => new Map((await ports.coordinator.leases()).map(l => [l.key, l.holderName]));
    await eventually(async () => (await holders()).size === 3, { within: 5_000 });
    expect([...new Set((await holders()).values())]).toEqual(['projection-1']);
    await first.stop();
    await request(ports.eventStore, 0);
    await caughtUp();
    expect([...new Set((await holders()).values())]).toEqual(['projection-2']);
    expect((await second.probes.readiness()).ready).toBe(true);
  });

  it('builds the generation that somebody asks for, and swaps', async () => {
    await request(ports.eventStore, 0);
    await start('projection-1');
    await caughtUp();
    const control = await openControl({
      connectionString: database.url,
      applicationName: 'spec',
      maxConnections: 1,
    });
    await requestRebuild(control);
    await control.destroy();
    await eventually(async () => (await reader.subscription()) === 'read-models-v2', { within: 10_000 });
    await request(ports.eventStore, 1);
    await caughtUp();
    await eventually(async () => !(await ports.coordinator.leases()).some(l => l.key.includes('v1')), {
      within: 10_000,
    });
  });

  it('is not ready, and writes nothing, when the store is not the one it followed', async () => {
    await request(ports.eventStore, 0);
    const first = await start('projection-1');
    await caughtUp();
    await first.stop();
    ports = { ...ports, eventStore: memoryEventStore() };
    const second = await start('projection-1');
    await eventually(
      async () => {
        const { ready, checks } = await second.probes.readiness();
        return !ready && checks.some(c => c.message?.includes('CONTROL_PLANE_RESTORED'));
      },
      { within: 10_000 },
    );
  });
});
