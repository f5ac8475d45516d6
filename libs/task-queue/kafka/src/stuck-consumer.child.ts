// Test process: consumes, and never ends what it takes. Run by the contract suite, which freezes and kills it for real.
import { openKafkaTaskQueue } from './index.js';

const { KAFKA_BROKERS = '', TOPIC_PREFIX = '', VISIBILITY_MS = '', MAX_ATTEMPTS = '' } = process.env;
const queue = await openKafkaTaskQueue({
  brokers: [KAFKA_BROKERS],
  topicPrefix: TOPIC_PREFIX,
  settings: { visibilityMs: Number(VISIBILITY_MS), maxAttempts: Number(MAX_ATTEMPTS) },
});
const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const consumer = await queue.consume({
  consumerName: 'stuck',
  handler: ({ id }, { signal }) =>
    new Promise(resolve => {
      print({ started: id });
      signal.addEventListener('abort', () => {
        print({ aborted: true });
        resolve({ outcome: 'executed' });
      });
    }),
});
await consumer.ready;
print({ ready: true });
