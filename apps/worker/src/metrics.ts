import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface WorkerMetrics {
  readonly task: (kind: string, result: string, ms: number) => void;
  readonly instruction: (kind: string, result: string) => void;
  readonly outcomeDropped: () => void;
  readonly samplesPublished: (result: 'published' | 'failed', samples: number) => void;
}

export function workerMetrics(
  register: Registry,
  gauges: {
    readonly leases: () => number;
    readonly outcomes: () => number;
    readonly platformCalls: () => number;
    readonly silentAgents: () => number;
  },
): WorkerMetrics {
  const registers = [register];
  const tasks = new Histogram({
    name: 'replicante_worker_task_duration_seconds',
    help: 'Tasks by kind and result: executed, abandoned, retry, or failed with a defect.',
    labelNames: ['kind', 'result'],
    buckets: SECONDS,
    registers,
  });
  const instructions = new Counter({
    name: 'replicante_worker_instructions_total',
    help: 'Instructions carried out, by kind and outcome.',
    labelNames: ['kind', 'result'],
    registers,
  });
  const dropped = new Counter({
    name: 'replicante_worker_outcomes_dropped_total',
    help: 'Outcomes that were not acknowledged and are held no longer.',
    registers,
  });
  const samples = new Counter({
    name: 'replicante_worker_samples_total',
    help: 'Cycle samples, published or not.',
    labelNames: ['result'],
    registers,
  });
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('replicante_worker_partition_leases', 'Partitions whose lease is held.', gauges.leases);
  gauge('replicante_worker_outcomes_held', 'Outcomes that wait to be acknowledged.', gauges.outcomes);
  gauge(
    'replicante_worker_platform_calls',
    'Calls to platforms that are in flight or wait for their turn.',
    gauges.platformCalls,
  );
  gauge('replicante_worker_agents_silent', 'Agents that timed out when last asked.', gauges.silentAgents);
  return {
    task: (kind, result, ms) => tasks.observe({ kind, result }, ms / 1000),
    instruction: (kind, result) => instructions.inc({ kind, result }),
    outcomeDropped: () => dropped.inc(),
    samplesPublished: (result, count) => samples.inc({ result }, count),
  };
}
