import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Due, TaskKind } from './schedule.js';

export interface SchedulerMetrics {
  readonly enqueued: (tasks: readonly Due[], result: 'enqueued' | 'failed') => void;
  readonly refreshed: (result: 'read' | 'failed') => void;
  readonly entries: (kind: TaskKind, count: number) => void;
}

export function schedulerMetrics(
  register: Registry,
  gauges: { readonly leading: () => boolean; readonly unscheduled: () => number },
): SchedulerMetrics {
  const registers = [register];
  const tasks = new Counter({
    name: 'replicante_scheduler_tasks_total',
    help: 'Tasks by kind, why (interval or asked) and result (enqueued or failed).',
    labelNames: ['kind', 'why', 'result'],
    registers,
  });
  const late = new Histogram({
    name: 'replicante_scheduler_late_seconds',
    help: 'From when a task was due to when it was put on the queue.',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const refreshes = new Counter({
    name: 'replicante_scheduler_refreshes_total',
    help: 'Readings of what is active, by result.',
    labelNames: ['result'],
    registers,
  });
  const entries = new Gauge({
    name: 'replicante_scheduler_entries',
    help: 'What this leader schedules, by kind of task.',
    labelNames: ['kind'],
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
  gauge('replicante_scheduler_leader', '1 while this instance leads.', () => (gauges.leading() ? 1 : 0));
  gauge(
    'replicante_scheduler_unscheduled_clusters',
    'Clusters whose last completed cycle is older than 3 intervals.',
    gauges.unscheduled,
  );
  return {
    enqueued: (due, result) => {
      for (const { kind, why, lateMs } of due) {
        tasks.inc({ kind, why, result });
        if (result === 'enqueued') late.observe(lateMs / 1000);
      }
    },
    refreshed: result => refreshes.inc({ result }),
    entries: (kind, count) => entries.set({ kind }, count),
  };
}
