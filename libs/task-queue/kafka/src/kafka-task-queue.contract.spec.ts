import { typescriptHooks } from '@replicante/coordinator-contract';
import { startStuckConsumerProcess, taskQueueContract } from '@replicante/task-queue-contract';
import { describeWith, startTestServer } from '@replicante/testing';
import { fileURLToPath } from 'node:url';
import { openKafkaTaskQueue } from './index.js';

const stuckConsumer = fileURLToPath(new URL('stuck-consumer.child.ts', import.meta.url));

await describeWith('kafka', 'on a real Kafka', () => {
  taskQueueContract('Kafka', async () => {
    const server = await startTestServer('kafka');
    return {
      open: (topicPrefix, settings) =>
        openKafkaTaskQueue({ brokers: [server.address], topicPrefix, settings, callTimeoutMs: 4_000 }),
      stuckConsumer: (topicPrefix, settings) =>
        startStuckConsumerProcess(['--no-warnings', '--import', typescriptHooks, stuckConsumer], {
          KAFKA_BROKERS: server.address,
          TOPIC_PREFIX: topicPrefix,
          VISIBILITY_MS: String(settings.visibilityMs),
          MAX_ATTEMPTS: String(settings.maxAttempts),
        }),
      outage: server,
      stop: () => server.stop(),
    };
  });
});
