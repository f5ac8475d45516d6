import { afterEach, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@replicante/contracts';
import { memoryCoordinator } from '@replicante/coordinator-memory';
import type { EventBus } from '@replicante/event-bus';
import { memoryEventBus } from '@replicante/event-bus-memory';
import type { NewTask, TaskQueue } from '@replicante/task-queue';
import { memoryTaskQueue } from '@replicante/task-queue-memory';
import { eventually } from '@replicante/testing';
import { createLogger, LeasedWork, pause, ServiceSession } from '@replicante/service';
import { Lead } from './lead.js';
import type { Entry } from './schedule.js';

const entry = (name: string, intervalMs: number): Entry => ({
  key: `default:${name}`,
  kind: 'OrchestrateCluster',
  payload: { ns_id: 'default', cluster_id: name },
  intervalMs,
});
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function topics(bus: EventBus): Promise<void> {
  await bus.ensureTopics(
    [TOPICS.cluster, TOPICS.platform, TOPICS.namespace].map(name => ({
      name,
      partitions: 2,
      compacted: false,
    })),
  );
}

function scheduler(over: { entries?: Entry[]; queue?: Pick<TaskQueue, 'enqueue'>; bus?: EventBus } = {}) {
  const enqueued: NewTask[] = [];
  const faults: string[] = [];
  const entries = over.entries ?? [];
  const real = memoryTaskQueue();
  const queue = over.queue ?? {
    enqueue: async (tasks: readonly NewTask[]) => {
      await real.enqueue(tasks);
      enqueued.push(...tasks);
    },
  };
  const lead = new Lead({
    readEntries: async () => [...entries],
    queue,
    bus: over.bus ?? memoryEventBus(),
    tickMs: 5,
    monotonicMs: () => performance.now(),
    wallMs: Date.now,
    wait: pause,
    metrics: { enqueued: () => undefined, refreshed: () => undefined, entries: () => undefined },
    onFault: what => void faults.push(what),
    onRecovered: what => void faults.push(`${what}: recovered`),
  });
  return { lead, enqueued, faults, entries };
}

function follow({ lead }: { lead: Lead }, coordinator = memoryCoordinator()): LeasedWork {
  const logger = createLogger({ service: 'scheduler', instance: 's', logLevel: 'silent' });
  const session = new ServiceSession({
    coordinator,
    service: 'scheduler',
    instance: 's',
    ttlMs: 30_000,
    logger,
  });
  const leadership = new LeasedWork({
    lease: 'leader:scheduler',
    session,
    work: (signal, lease) => lead.run(lease, signal),
    logger,
  });
  stops.push(async () => {
    await leadership.stop();
    await session.close();
  });
  leadership.start();
  return leadership;
}

describe('the leader', () => {
  it('puts what is due on the queue, once per interval, expiring with it', async () => {
    const one = scheduler({ entries: [entry('pg', 100)] });
    follow(one);
    await eventually(() => one.enqueued.length >= 3, { within: 3_000 });
    expect(one.enqueued[0]).toMatchObject({
      kind: 'OrchestrateCluster',
      key: 'default:pg',
      payload: { ns_id: 'default', cluster_id: 'pg' },
      expiresInMs: 100,
    });
    expect(new Set(one.enqueued.map(({ id }) => id)).size).toBe(one.enqueued.length);
  });

  it('hears on the bus what was asked for and what changed', async () => {
    const bus = memoryEventBus();
    await topics(bus);
    const one = scheduler({ entries: [entry('pg', 3_600_000)], bus });
    follow(one);
    const publish = (type: string, key: string): Promise<void> =>
      bus.publish([{ topic: TOPICS.cluster, key, value: '{}', headers: { 'ce-type': type } }]);
    await eventually(
      async () => {
        await publish('cluster.CycleRequested.v1', 'default:pg');
        return one.enqueued.length > 0;
      },
      { within: 5_000 },
    );
    one.entries.push(entry('new', 3_600_000));
    await publish('cluster.ClusterSpecApplied.v1', 'default:new');
    await eventually(() => one.enqueued.some(({ key }) => key === 'default:new'), { within: 5_000 });
  });

  it('goes on after the queue refused, at the next interval and not before', async () => {
    const triedMs: number[] = [];
    const one = scheduler({
      entries: [entry('pg', 200)],
      queue: {
        enqueue: () => {
          triedMs.push(performance.now());
          return triedMs.length < 4 ? Promise.reject(new Error('QUEUE_UNAVAILABLE')) : Promise.resolve();
        },
      },
    });
    follow(one);
    await eventually(() => triedMs.length >= 4, { within: 5_000 });
    // The first is what it found when it began, the second its first own time.
    const [, , third = 0, fourth = 0] = triedMs;
    expect(fourth - third).toBeGreaterThan(100);
    await eventually(() => one.faults.includes('put tasks on the queue: recovered'), { within: 1_000 });
    expect(one.faults.filter(what => what === 'put tasks on the queue')).toHaveLength(1);
  });

  it('is one among several, and another follows when it stops', async () => {
    const coordinator = memoryCoordinator();
    const [first, second] = [
      scheduler({ entries: [entry('pg', 50)] }),
      scheduler({ entries: [entry('pg', 50)] }),
    ];
    const one = follow(first, coordinator);
    await eventually(() => first.enqueued.length > 0, { within: 3_000 });
    const two = follow(second, coordinator);
    await eventually(() => first.enqueued.length > 3, { within: 3_000 });
    expect([one.leading, two.leading, second.enqueued.length]).toEqual([true, false, 0]);
    await one.stop();
    await eventually(() => second.enqueued.length > 0, { within: 3_000 });
    const before = first.enqueued.length;
    await eventually(() => second.enqueued.length > 3, { within: 3_000 });
    expect(first.enqueued).toHaveLength(before);
  });
});
