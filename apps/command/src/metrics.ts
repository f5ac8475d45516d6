import type { HandlingObserver } from '@replicante/command-handling';
import type { Registry } from 'prom-client';
import { Counter, Histogram } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What `command` counts. */
export function commandMetrics(register: Registry): HandlingObserver {
  const registers = [register];
  const handled = new Histogram({
    name: 'replicante_command_duration_seconds',
    help: 'Commands by type and result: accepted, unchanged, repeated, or the code of the rejection.',
    labelNames: ['type', 'result'],
    buckets: SECONDS,
    registers,
  });
  const appended = new Histogram({
    name: 'replicante_command_append_duration_seconds',
    help: 'Appends to the event store, settled ones included.',
    buckets: SECONDS,
    registers,
  });
  const events = new Counter({
    name: 'replicante_command_events_appended_total',
    help: 'Events appended.',
    registers,
  });
  const conflicts = new Counter({
    name: 'replicante_command_conflicts_total',
    help: 'Appends refused because others came first; the command was decided again.',
    registers,
  });
  const inDoubt = new Counter({
    name: 'replicante_command_appends_in_doubt_total',
    help: 'Appends whose outcome was unknown at first.',
    registers,
  });
  const folds = new Counter({
    name: 'replicante_command_folds_total',
    help: 'Folds found in memory or not.',
    labelNames: ['cache'],
    registers,
  });
  const unknown = new Counter({
    name: 'replicante_command_unknown_events_total',
    help: 'Events of types that this release does not know: skipped.',
    labelNames: ['type'],
    registers,
  });
  const eventsRead = new Counter({
    name: 'replicante_command_events_read_total',
    help: 'Events read to bring folds to the head of their streams.',
    registers,
  });
  const snapshots = new Counter({
    name: 'replicante_command_snapshots_total',
    help: 'Snapshots of folds: used, ignored (not of this stream as it is now), written, too_large, load_failed, write_failed.',
    labelNames: ['outcome'],
    registers,
  });
  return {
    handled: (type, result, ms) => handled.observe({ type, result }, ms / 1000),
    appended: (ms, count) => {
      appended.observe(ms / 1000);
      events.inc(count);
    },
    conflict: () => conflicts.inc(),
    inDoubt: () => inDoubt.inc(),
    cache: cache => folds.inc({ cache }),
    unknownEvent: type => unknown.inc({ type }),
    eventsRead: count => eventsRead.inc(count),
    snapshot: outcome => snapshots.inc({ outcome }),
  };
}
