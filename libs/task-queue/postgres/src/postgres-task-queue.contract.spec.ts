import { typescriptHooks } from '@replicante/coordinator-contract';
import { startStuckConsumerProcess, taskQueueContract } from '@replicante/task-queue-contract';
import { createDatabase, startTestPostgres } from '@replicante/testing';
import { fileURLToPath } from 'node:url';
import { openPostgresTaskQueue } from './index.js';

const stuckConsumer = fileURLToPath(new URL('stuck-consumer.child.ts', import.meta.url));

taskQueueContract('PostgreSQL', async () => {
  // Durable: the crash law is about what was acknowledged.
  const server = await startTestPostgres({ durable: true });
  const databases = new Map<string, Promise<string>>();
  const urlOf = (queue: string): Promise<string> => {
    const url = databases.get(queue) ?? createDatabase(server.url).then(database => database.url);
    databases.set(queue, url);
    return url;
  };
  return {
    open: async (name, settings) =>
      openPostgresTaskQueue({ connectionString: await urlOf(name), settings, callTimeoutMs: 2_000 }),
    stuckConsumer: async (name, settings) =>
      startStuckConsumerProcess(['--no-warnings', '--import', typescriptHooks, stuckConsumer], {
        TASK_QUEUE_URL: await urlOf(name),
        VISIBILITY_MS: String(settings.visibilityMs),
        MAX_ATTEMPTS: String(settings.maxAttempts),
      }),
    outage: server,
    stop: () => server.stop(),
  };
});
