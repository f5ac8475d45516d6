// Test process: executes whatever it takes, and says so. Killed and frozen by a spec while Kafka is as well.
import { openKafkaTaskQueue } from './index.js';

const { KAFKA_BROKERS = '', TOPIC_PREFIX = '' } = process.env;
const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const queue = await openKafkaTaskQueue({
  brokers: [KAFKA_BROKERS],
  topicPrefix: TOPIC_PREFIX,
  settings: { visibilityMs: 3_000, maxAttempts: 50, backoffBaseMs: 50, backoffMaxMs: 200 },
  snapshotAfter: { records: 40, bytes: 1e9 },
  onError: error => {
    process.stderr.write(`${String(error)}\n`);
  },
});
const consumer = await queue.consume({
  consumerName: `worker ${process.pid}`,
  concurrency: 4,
  onError: error => {
    process.stderr.write(`consumer: ${String(error)}\n`);
  },
  handler: async ({ id, attempt }, { signal }) => {
    await new Promise(resolve => setTimeout(resolve, 20));
    signal.throwIfAborted();
    if (attempt === 1 && id.endsWith('7')) return { outcome: 'retry', reason: 'ONCE' };
    print({ ran: id });
    return { outcome: 'executed' };
  },
});
await consumer.ready;
print({ ready: true });
