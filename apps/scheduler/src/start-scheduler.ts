import { ReadModels } from '@replicante/read-models';
import type { RunningService, ServiceOptions } from '@replicante/service';
import {
  bootService,
  errorKeys,
  LeasedWork,
  pause,
  requireDatabaseUrl,
  systemClock,
} from '@replicante/service';
import { ControlPlaneRestored } from './control-plane-restored.js';
import { entriesOf } from './entries.js';
import { Lead } from './lead.js';
import { schedulerMetrics } from './metrics.js';
import { readCycled } from './read-cycled.js';
import { Unscheduled } from './unscheduled.js';
import { watchCycles } from './watch-cycles.js';

const WATCH_EVERY_MS = 5_000;
const { monotonicMs, wallMs } = systemClock;

/** The elected leader puts what is due, or was asked for, on the queue. The only writer of the queue. */
export const startScheduler = (options: ServiceOptions): Promise<RunningService> =>
  bootService('scheduler', options, async runtime => {
    const { configuration, logger, probes, shutdown, fail } = runtime;
    const { taskQueue, coordinator, eventBus, eventStore } = await runtime.ports(
      'taskQueue',
      'coordinator',
      'eventBus',
      'eventStore',
    );
    const models = await ReadModels.open({
      connectionString: requireDatabaseUrl(configuration),
      applicationName: 'scheduler-read-models',
      maxConnections: 2,
    });
    shutdown.on('close', 'read models', () => models.close());

    const unscheduled = new Unscheduled();
    const metrics = schedulerMetrics(probes.metrics, {
      leading: () => leadership.leading,
      unscheduled: () => unscheduled.late.size,
    });
    const restored = new ControlPlaneRestored({
      models,
      store: eventStore,
      onChange: why =>
        why === null
          ? logger.info('the read models and the event store agree again: what is due is scheduled')
          : logger.error({ error_code: 'CONTROL_PLANE_RESTORED', error_msg: why }, 'nothing is scheduled'),
    });
    const lead = new Lead({
      readEntries: async () =>
        (await restored.look())
          ? []
          : entriesOf(await models.schedulableClusters(), await models.schedulablePlatforms()),
      queue: taskQueue,
      bus: eventBus,
      tickMs: configuration.schedulerTickMs,
      monotonicMs,
      wallMs,
      wait: pause,
      metrics,
      onFault: (what, error) =>
        logger.warn({ what, ...errorKeys(error) }, 'the scheduler goes on after a fault'),
      onRecovered: what => logger.info({ what }, 'the scheduler recovered'),
    });
    const leadership = new LeasedWork({
      lease: 'leader:scheduler',
      session: runtime.session(coordinator),
      work: (signal, lease) => lead.run(lease, signal),
      logger,
    });
    shutdown.on('release leadership', 'leadership', () => leadership.stop());
    leadership.start();

    const stop = new AbortController();
    const watching = watchCycles(
      { unscheduled, read: () => readCycled(models), everyMs: WATCH_EVERY_MS, wait: pause, wallMs, logger },
      stop.signal,
    );
    watching.catch(fail);
    shutdown.on('stop intake', 'watch', async () => {
      stop.abort();
      await watching;
    });
    probes.addReadiness('control plane', () => restored.check());
    probes.addReadiness('read models', async () => {
      await models.sql();
    });
    return {};
  });
