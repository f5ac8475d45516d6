import type { CycleObservation, CyclePlan, CycleSample } from '@replicante/domain';
import type { Lease } from '@replicante/coordinator';
import type { TaskContext, TaskResult } from '@replicante/task-queue';
import { v7 } from 'uuid';
import type { Act } from '../acting/act.js';
import type { PlatformCalls } from '../acting/platform-calls.js';
import type { Control, SubmittedCycle, Work } from '../control-client.js';
import { claimOf } from '../leases/partition-leases.js';
import { NO_LEASE, runUnderLease } from '../leases/run-under-lease.js';
import { observationText } from './fit-observation.js';
import type { ObserveCluster } from './observe-cluster.js';

export interface OrchestrateClusterOptions {
  readonly control: Control;
  readonly observer: Pick<ObserveCluster, 'observe'>;
  readonly act: Pick<Act, 'carryOut'>;
  readonly platformCalls: Pick<PlatformCalls, 'of'>;
  /** Not waited for: a sample is worth nothing tomorrow. */
  readonly publish: (sample: CycleSample) => void;
  readonly leaseFor: (partition: number) => Promise<Lease | undefined>;
  readonly monotonicMs: () => number;
  /** Kept back of the lease's remainder: for the way of a request to an agent. */
  readonly leaseMarginMs: number;
}

export interface ClusterTask {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly partition: number;
}

/** One call to `command`; what it takes longer is of no use to a cycle. */
const CALL_MS = 5_000;
const keyOf = ({ ns_id, cluster_id }: ClusterTask): string => `${ns_id}:${cluster_id}`;

/** Begin → observe → submit → act → record (architecture.md §5). Everything under the lease of the task's partition. */
export class OrchestrateCluster {
  /** By cluster: what flapped in its last cycle here. Lost with the process: what flaps then rests later. */
  readonly #flapping = new Map<string, NonNullable<CycleSample['flapping']>>();

  constructor(private readonly options: OrchestrateClusterOptions) {}

  run(task: ClusterTask, context: TaskContext): Promise<TaskResult> {
    const { leaseFor } = this.options;
    const leased = { partition: task.partition, signal: context.signal, leaseFor };
    return runUnderLease(leased, (lease, signal) => this.#underLease(task, context, lease, signal));
  }

  async #underLease(
    task: ClusterTask,
    context: TaskContext,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<TaskResult> {
    const { control, observer, act, platformCalls, publish, monotonicMs } = this.options;
    const cycleId = v7();
    const work: Work = { claim: claimOf(lease, 'cycle'), correlationId: cycleId };

    const plan: CyclePlan = await control.beginCycle(work, task, cycleId, {
      withinMs: this.#callMs(lease),
      signal,
    });
    const begunMs = monotonicMs();
    // A third of the lease, at the latest, is for the decision and its instructions.
    const withinMs = lease.remainingMs() * 0.66;
    const observed = await observer.observe(plan, { begunMs, withinMs, signal, lost: lease.lost });
    if (signal.aborted) return NO_LEASE;
    await context.heartbeat();

    const sentMs = monotonicMs();
    const actWithinMs = lease.remainingMs() - this.options.leaseMarginMs;
    if (actWithinMs <= 0) return NO_LEASE;
    const document = { ...observed.document(), ...platformCalls.of(task), ...this.#remembered(task) };
    const submitted: SubmittedCycle = await control.submitObservation(
      work,
      task,
      { observationJson: observationText(document), actWithinMs },
      { withinMs: this.#callMs(lease), signal },
    );
    await act.carryOut({ task, work, plan, lease, instructions: submitted.instructions, sentMs });
    if (submitted.sample) {
      this.#remember(task, submitted.sample);
      publish(submitted.sample);
    }
    await context.heartbeat();
    return { outcome: 'executed' };
  }

  #remembered(task: ClusterTask): Pick<CycleObservation, 'flapping'> {
    const flapping = this.#flapping.get(keyOf(task));
    return flapping ? { flapping } : {};
  }

  #remember(task: ClusterTask, { flapping = [] }: CycleSample): void {
    if (flapping.length > 0) this.#flapping.set(keyOf(task), flapping);
    else this.#flapping.delete(keyOf(task));
  }

  #callMs(lease: Lease): number {
    return Math.min(CALL_MS, lease.remainingMs());
  }
}
