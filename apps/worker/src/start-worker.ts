import { AgentConnections } from '@replicante/agent-protocol';
import { PlatformConnections } from '@replicante/platform-protocol';
import type { RunningService, ServiceOptions, ServiceRuntime } from '@replicante/service';
import { bootService, errorKeys, openGrpcClient, secretValue, pause, systemClock } from '@replicante/service';
import type { Task, TaskContext, TaskResult } from '@replicante/task-queue';
import { Act } from './acting/act.js';
import { OutcomeOutbox } from './acting/outcome-outbox.js';
import { PlatformCalls } from './acting/platform-calls.js';
import { ControlClient } from './control-client.js';
import { AgentLanes } from './cycles/agent-lanes.js';
import { ObserveCluster } from './cycles/observe-cluster.js';
import { OrchestrateCluster } from './cycles/orchestrate-cluster.js';
import { DiscoverPlatform } from './discovery/discover-platform.js';
import { SilentPlatforms } from './discovery/silent-platforms.js';
import type { Handlers } from './handle-task.js';
import { handleTask } from './handle-task.js';
import { PartitionLeases } from './leases/partition-leases.js';
import type { WorkerMetrics } from './metrics.js';
import { workerMetrics } from './metrics.js';
import { PublishSamples } from './publish-samples.js';

/** Agents asked at once by this process, and of those that did not answer lately. */
const QUICK_AGENTS = 256;
const SILENT_AGENTS = 32;
/** Of the 4 connections to a platform: one is left for discovery, however long the others are held. */
const CALLS_PER_PLATFORM = 3;
/** Of the tasks at once, for discoveries of platforms that did not answer when last asked. */
const SILENT_SHARE = 1 / 8;

const { monotonicMs } = systemClock;

/** Takes tasks under fenced leases, looks, and acts as told. It decides nothing. */
export const startWorker = (options: ServiceOptions): Promise<RunningService> =>
  bootService('worker', options, async runtime => {
    const { configuration, logger, probes, shutdown } = runtime;
    const { instance, leaseTtlMs: ttlMs, agentTimeoutMs } = configuration;
    const bound = await runtime.ports('taskQueue', 'coordinator', 'eventBus');
    const onError = (error: unknown): void =>
      logger.warn(errorKeys(error), 'the worker goes on after a fault');

    const grpc = openGrpcClient({
      address: configuration.commandAddress,
      proto: 'control.proto',
      service: 'replicante.control.v1.ControlService',
      ...(configuration.controlToken === undefined ? {} : { token: configuration.controlToken }),
    });
    shutdown.on('close', 'gRPC client', () => grpc.close());
    const agents = new AgentConnections({ callTimeoutMs: agentTimeoutMs, connectionsPerOrigin: 1 });
    shutdown.on('close', 'agent connections', () => agents.close());
    const platforms = new PlatformConnections();
    shutdown.on('close', 'platform connections', () => platforms.close());

    const leases = new PartitionLeases({ session: runtime.session(bound.coordinator), onError });
    shutdown.on('release leadership', 'partition leases', () => leases.close());
    const control = new ControlClient(grpc, instance);
    const outbox = new OutcomeOutbox({
      control,
      wait: pause,
      monotonicMs,
      onDropped: ({ attemptId, reason }) => {
        metrics.outcomeDropped();
        logger.error({ attempt_id: attemptId, error_msg: reason }, 'an outcome was not acknowledged');
      },
    });
    shutdown.on('flush', 'outcomes', () => outbox.flush());
    const platformCalls = new PlatformCalls({ atOncePerPlatform: CALLS_PER_PLATFORM, onError });
    const lanes = new AgentLanes({ quick: QUICK_AGENTS, slow: SILENT_AGENTS, monotonicMs, onError });
    const metrics = workerMetrics(probes.metrics, {
      leases: () => leases.count,
      outcomes: () => outbox.size,
      platformCalls: () => platformCalls.size,
      silentAgents: () => lanes.silent,
    });
    const samples = new PublishSamples({
      bus: bound.eventBus,
      count: metrics.samplesPublished,
      onFailure: (error, { length }) =>
        logger.warn({ samples: length, ...errorKeys(error) }, 'samples of cycles were not published'),
      wait: pause,
    });
    shutdown.on('flush', 'samples', () => samples.flush());
    const ending = new AbortController();
    const secret = (reference: Parameters<typeof secretValue>[0]) =>
      secretValue(reference, { environment: options.environment, ...configuration.secrets });
    const leaseFor = (partition: number) => leases.forTask(partition);

    const handlers: Handlers = {
      orchestrate: new OrchestrateCluster({
        control,
        observer: new ObserveCluster({
          connections: agents,
          lanes,
          worker: instance,
          agentTimeoutMs,
          secret,
          monotonicMs,
        }),
        act: new Act({
          agents,
          platforms,
          platformCalls,
          outbox,
          secret,
          monotonicMs,
          agentTimeoutMs,
          ending: ending.signal,
          onOutcome: metrics.instruction,
        }),
        platformCalls,
        publish: sample => samples.publish(sample),
        leaseFor,
        monotonicMs,
        leaseMarginMs: Math.min(1_000, ttlMs / 10),
      }),
      discover: new DiscoverPlatform({
        control,
        platforms,
        silent: new SilentPlatforms(Math.max(1, Math.floor(configuration.workerConcurrency * SILENT_SHARE))),
        secret,
        leaseFor,
        worker: instance,
        monotonicMs,
        onRejected: ({ ns_id, name }, rejected) =>
          logger.warn({ ns_id, platform: name, rejected }, 'clusters of a platform cannot be used'),
      }),
    };

    const consumer = await bound.taskQueue.consume({
      consumerName: instance,
      concurrency: configuration.workerConcurrency,
      handler: counted(handlers, metrics, runtime),
      // The previous owner's lease ends within its TTL and the adapter's bound.
      onAssigned: partition =>
        leases.assigned(partition, bound.coordinator.capabilities.expiryBoundMs(ttlMs) + ttlMs),
      onRevoked: partition => leases.revoked(partition),
      onError,
    });
    const drainMs = configuration.shutdownWithinMs / 2;
    shutdown.on('stop intake', 'task consumer', async () => {
      const cut = setTimeout(() => ending.abort(), drainMs);
      try {
        await consumer.stop(drainMs);
        await platformCalls.settled();
      } finally {
        clearTimeout(cut);
      }
    });
    probes.addReadiness('coordinator session', () => leases.check());
    await consumer.ready;
    return {};
  });

function counted(handlers: Handlers, metrics: WorkerMetrics, { logger }: ServiceRuntime) {
  return async (task: Task, context: TaskContext): Promise<TaskResult> => {
    const startedMs = monotonicMs();
    let outcome = 'failed';
    try {
      const result = await handleTask(handlers, task, context);
      outcome = result.outcome;
      if (result.outcome !== 'executed')
        logger.info(
          { task_id: task.id, kind: task.kind, key: task.key, ...result },
          'a task was not executed',
        );
      return result;
    } catch (error) {
      const { id: task_id, kind, key } = task;
      logger.error({ task_id, kind, key, ...errorKeys(error) }, 'a task failed with a defect');
      throw error;
    } finally {
      metrics.task(task.kind, outcome, monotonicMs() - startedMs);
    }
  };
}
