import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '@replicante/servers';
import { alternate } from '../measuring/alternate.js';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { ratios, text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import type { TasksRequest } from './tasks.js';

const TASKS = 20_000;
const BATCH = 500;
const ROUNDS = 5;

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-kafka-'));
  const kafka = await startKafka({ directory });
  const raw = startChild<TasksRequest, number>(new URL('./raw-tasks.child.js', import.meta.url));
  const queue = startChild<TasksRequest, number>(new URL('./queue-tasks.child.js', import.meta.url));
  const request: TasksRequest = { broker: kafka.address, tasks: TASKS, batch: BATCH };
  try {
    const sides = await alternate(
      {
        ours: async () => {
          const perSecond = await queue.ask(request);
          say(`queue ${text(perSecond)} tasks/s`);
          return perSecond;
        },
        raw: async () => {
          const perSecond = await raw.ask(request);
          say(`raw ${text(perSecond)} messages/s`);
          return perSecond;
        },
      },
      { rounds: ROUNDS, warmUp: 1 },
    );
    return {
      measures: [
        {
          what: 'tasks/s through the queue ÷ raw produce and consume',
          unit: 'ratio',
          rounds: ratios(sides.ours, sides.raw),
          goal: { atLeast: 0.4 },
        },
      ],
      raw: [
        [
          ['round', 'queue, tasks/s', 'raw, messages/s'],
          ...sides.ours.map((perSecond, n) => [n + 1, text(perSecond), text(sides.raw[n] ?? Number.NaN)]),
        ],
      ],
      notes: [
        `${text(TASKS)} tasks, ${BATCH} to a call, 16 partitions, one real broker. Ours: enqueued, taken, handled by a handler that does nothing, and every end on record (three records a task); raw: produced and consumed once.`,
      ],
    };
  } finally {
    await raw.stop();
    await queue.stop();
    await kafka.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

export const kafkaQueue: Benchmark = {
  name: 'kafka-queue',
  about:
    'Tasks through the task queue on Kafka until every end is on record, ÷ raw kafkajs producing and consuming as many messages of the same bytes in the same batches.',
  run,
};
