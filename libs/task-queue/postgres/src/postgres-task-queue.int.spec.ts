import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, eventually, startTestPostgres } from '@replicante/testing';
import { typescriptHooks } from '@replicante/coordinator-contract';
import { startStuckConsumerProcess } from '@replicante/task-queue-contract';
import type { TestDatabase, TestPostgres } from '@replicante/testing';
import type { NewTask, TaskQueue } from '@replicante/task-queue';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openPostgresTaskQueue } from './index.js';

let server: TestPostgres;
let database: TestDatabase;
let probe: pg.Client;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await createDatabase(server.url);
  probe = new pg.Client({ connectionString: database.url });
  await probe.connect();
});
afterEach(async () => {
  await probe.end();
  await database.drop();
});

const startStuckConsumer = (visibilityMs: number) =>
  startStuckConsumerProcess(
    [
      '--no-warnings',
      '--import',
      typescriptHooks,
      fileURLToPath(new URL('stuck-consumer.child.ts', import.meta.url)),
    ],
    { TASK_QUEUE_URL: database.url, VISIBILITY_MS: String(visibilityMs), MAX_ATTEMPTS: '5' },
  );
const open = (): Promise<TaskQueue> => openPostgresTaskQueue({ connectionString: database.url });
const task = (key: string): NewTask => ({ id: randomUUID(), kind: 'OrchestrateCluster', key, payload: {} });

describe('the schema', () => {
  it('is made by several processes that start at once', async () => {
    const queues = await Promise.all(Array.from({ length: 6 }, open));
    expect(queues.map(({ partitions }) => partitions)).toEqual([16, 16, 16, 16, 16, 16]);
    await Promise.all(queues.map(queue => queue.close()));
  });
});

describe('enqueueing', () => {
  it('of the same keys from several clients at once neither fails nor loses count', async () => {
    const queues = await Promise.all(Array.from({ length: 4 }, open));
    const keys = Array.from({ length: 50 }, (_, index) => `ns:c${index}`);
    await Promise.all(
      queues.flatMap((queue, client) =>
        Array.from({ length: 10 }, (_, round) => {
          const order = (client + round) % 2 === 0 ? keys : [...keys].reverse();
          return queue.enqueue(order.map(task));
        }),
      ),
    );
    const statistics = await queues[0]!.statistics();
    expect(statistics).toMatchObject({ enqueued: 2_000, depth: 50, ended: { superseded: 1_950 } });
    await Promise.all(queues.map(queue => queue.close()));
  });
});

describe('taking', () => {
  it('begins with the oldest, whatever its partition, so that no partition starves another', async () => {
    const queue = await open();
    const order: string[] = [];
    let go: () => void = () => undefined;
    const gate = new Promise<void>(resolve => (go = resolve));
    const consumer = await queue.consume({
      consumerName: 'a',
      concurrency: 1,
      handler: async ({ key }) => {
        order.push(key);
        await gate;
        return { outcome: 'executed' };
      },
    });
    await eventually(() => consumer.assignedPartitions().length === 16, { within: 10_000 });
    const keys = Array.from({ length: 40 }, (_, n) => `ns:c${n}`);
    for (const key of keys) await queue.enqueue([task(key)]);
    go();
    await eventually(() => order.length === keys.length, { within: 20_000 });
    expect(order).toEqual(keys);
    expect(new Set(keys.map(key => queue.partitionOf(key))).size).toBeGreaterThan(8);
    await queue.close();
  });
});

describe('a task that supersedes one that waits', () => {
  it('takes its place in the line, so that a queue that cannot keep up reaches every key', async () => {
    const queue = await open();
    const keys = Array.from({ length: 200 }, (_, n) => `ns:c${n}`);
    const [first = '', second = ''] = keys.filter(key => queue.partitionOf(key) === 3);
    await queue.enqueue([task(first)]);
    await queue.enqueue([task(second)]);
    await queue.enqueue([task(first)]);
    const order: string[] = [];
    await queue.consume({
      consumerName: 'a',
      concurrency: 1,
      handler: async ({ key }) => {
        order.push(key);
        return { outcome: 'executed' };
      },
    });
    await eventually(() => order.length === 2, { within: 10_000 });
    expect(order).toEqual([first, second]);
    await queue.close();
  });

  it('waits its own delay when it has one', async () => {
    const queue = await open();
    await queue.enqueue([task('ns:c')]);
    await queue.enqueue([{ ...task('ns:c'), delayMs: 60_000 }]);
    expect(await queue.statistics()).toMatchObject({ depth: 1, oldestReadyAgeMs: 0 });
    await queue.close();
  });
});

describe('a delivery', () => {
  it('whose consumer was killed comes again once that is silent, long before its visibility ends', async () => {
    const visibilityMs = 12_000;
    const stuck = await startStuckConsumer(visibilityMs);
    const queue = await openPostgresTaskQueue({ connectionString: database.url, settings: { visibilityMs } });
    const lost = task('ns:c');
    await queue.enqueue([lost]);
    expect(await stuck.started()).toBe(lost.id);
    const killed = performance.now();
    await stuck.kill();
    const attempts: number[] = [];
    await queue.consume({
      consumerName: 'b',
      handler: async ({ attempt }) => {
        attempts.push(attempt);
        return { outcome: 'executed' };
      },
    });
    await eventually(() => attempts.length > 0, { within: 30_000 });
    const passed = performance.now() - killed;
    expect(passed).toBeLessThan(visibilityMs - 1_000);
    expect(passed).toBeLessThan(queue.capabilities.redeliveryBoundMs);
    expect(attempts).toEqual([2]);
    await queue.close();
  }, 60_000);

  it('that its handler does not give up as the consumer leaves is nobody’s until its visibility ends', async () => {
    const queue = await openPostgresTaskQueue({
      connectionString: database.url,
      settings: { visibilityMs: 3_000 },
    });
    let began = 0;
    const deaf = await queue.consume({
      consumerName: 'deaf',
      handler: () => {
        began = performance.now();
        return new Promise(() => undefined);
      },
    });
    await queue.enqueue([task('ns:c')]);
    await eventually(() => began > 0, { within: 10_000 });
    await deaf.stop(0);
    let again = 0;
    await queue.consume({
      consumerName: 'b',
      handler: async () => {
        again = performance.now();
        return { outcome: 'executed' };
      },
    });
    await eventually(() => again > 0, { within: 10_000 });
    expect(again - began).toBeGreaterThan(2_900);
    await queue.close();
  }, 30_000);
});

describe('what it leaves behind', () => {
  it('no consumer, owner, running task or connection after a drain', async () => {
    const queue = await open();
    const consumer = await queue.consume({
      consumerName: 'a',
      handler: async () => ({ outcome: 'executed' }),
    });
    await queue.enqueue(Array.from({ length: 300 }, (_, index) => task(`ns:c${index}`)));
    await eventually(async () => (await queue.statistics()).ended.executed > 50, { within: 10_000 });

    await consumer.stop();

    const left = await probe.query<Record<string, string>>(`select
      (select count(*) from task_queue.consumer) as consumers,
      (select count(*) from task_queue.partition where owner is not null) as owned,
      (select count(*) from task_queue.task where state = 'running') as running`);
    expect(left.rows).toEqual([{ consumers: '0', owned: '0', running: '0' }]);
    await queue.close();
    await eventually(
      async () => {
        const others = await probe.query(
          `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        );
        return others.rowCount === 0;
      },
      { within: 5_000 },
    );
  });

  it('no transaction open and no lock held while a handler works', async () => {
    const queue = await open();
    let done: () => void = () => undefined;
    let began = false;
    const consumer = await queue.consume({
      consumerName: 'a',
      handler: () =>
        new Promise(resolve => {
          began = true;
          done = () => {
            resolve({ outcome: 'executed' });
          };
        }),
    });
    await queue.enqueue([task('ns:c')]);
    await eventually(() => began, { within: 10_000 });

    await eventually(
      async () => {
        const open = await probe.query(
          `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
           and (state like 'idle in transaction%' or xact_start is not null)`,
        );
        const locks = await probe.query(`select from pg_locks where locktype in ('advisory', 'tuple')`);
        return open.rowCount === 0 && locks.rowCount === 0;
      },
      { within: 5_000 },
    );

    done();
    await consumer.stop();
    await queue.close();
  });
});

describe('without notifications', () => {
  it('tasks are found by looking', async () => {
    const queue = await open();
    const seen: string[] = [];
    const consumer = await queue.consume({
      consumerName: 'a',
      handler: async ({ key }) => {
        seen.push(key);
        return { outcome: 'executed' };
      },
    });
    await eventually(() => consumer.assignedPartitions().length === 16, { within: 10_000 });
    // Put there by hand: nobody is told.
    await probe.query(
      `insert into task_queue.task (id, kind, key, partition, payload, not_before)
       values (gen_random_uuid(), 'k', 'silent', $1, '{}', now())`,
      [queue.partitionOf('silent')],
    );
    await eventually(() => seen.includes('silent'), { within: 5_000 });
    await queue.close();
  });
});
