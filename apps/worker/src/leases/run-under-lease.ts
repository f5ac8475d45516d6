import type { Lease } from '@replicante/coordinator';
import type { TaskResult } from '@replicante/task-queue';
import { mayBeginAgain, taskResultOf } from '../errors.js';
import { joinSignals } from '../joined-signal.js';

/** Without the lease of its partition no task is worked on: it comes again. */
export const NO_LEASE: TaskResult = { outcome: 'retry', reason: 'NO_LEASE' };

export interface LeasedTask {
  readonly partition: number;
  /** Of the task: aborted when it is taken away, or the worker stops. */
  readonly signal: AbortSignal;
  readonly leaseFor: (partition: number) => Promise<Lease | undefined>;
}

/**
 * A task's work under the lease of its partition; its signal aborts with the task's and with the lease. Begun again once
 * when `command` has another lease on record: that tells which of the two is newer.
 */
export async function runUnderLease(
  { partition, signal: ofTask, leaseFor }: LeasedTask,
  work: (lease: Lease, signal: AbortSignal) => Promise<TaskResult>,
): Promise<TaskResult> {
  const once = async (): Promise<TaskResult> => {
    const lease = await leaseFor(partition);
    if (!lease) return NO_LEASE;
    const { signal, release } = joinSignals(ofTask, lease.lost);
    try {
      return await work(lease, signal);
    } finally {
      release();
    }
  };
  try {
    return await once();
  } catch (error) {
    if (!mayBeginAgain(error)) return taskResultOf(error);
  }
  try {
    return await once();
  } catch (error) {
    return taskResultOf(error);
  }
}
