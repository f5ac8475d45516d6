import type { CyclePlan, CycleSample, DiscoveryPlan, Instruction } from '@replicante/domain';
import type { LeaseClaim } from '@replicante/kernel';
import type { GrpcClient } from '@replicante/service';
import { v7 } from 'uuid';

/** On whose behalf a call is made. */
export interface Work {
  readonly claim: LeaseClaim;
  /** Same over all calls of one cycle or discovery. */
  readonly correlationId: string;
}

export interface CallTime {
  readonly withinMs: number;
  readonly signal?: AbortSignal;
}

interface Cluster {
  readonly ns_id: string;
  readonly cluster_id: string;
}
interface Platform {
  readonly ns_id: string;
  readonly name: string;
}

export interface SubmittedCycle {
  readonly instructions: readonly Instruction[];
  /** `null`: `command` had this observation already. */
  readonly sample: CycleSample | null;
}

/** replicante.control.v1 as functions. Rejects with `RejectedError`. */
export class ControlClient {
  constructor(
    private readonly grpc: GrpcClient,
    private readonly worker: string,
  ) {}

  async beginCycle(
    work: Work,
    { ns_id, cluster_id }: Cluster,
    cycleId: string,
    time: CallTime,
  ): Promise<CyclePlan> {
    const request = { meta: this.#meta(work), ns_id, cluster_id, cycle_id: cycleId };
    const { plan_json } = await this.#call<{ plan_json: string }>('BeginCycle', request, time);
    return JSON.parse(plan_json) as CyclePlan;
  }

  async submitObservation(
    work: Work,
    { ns_id, cluster_id }: Cluster,
    submission: { readonly observationJson: string; readonly actWithinMs: number },
    time: CallTime,
  ): Promise<SubmittedCycle> {
    const answer = await this.#call<{ instructions_json: string; sample_json: string }>(
      'SubmitObservation',
      {
        meta: this.#meta(work),
        ns_id,
        cluster_id,
        observation_json: submission.observationJson,
        act_within_ms: Math.floor(submission.actWithinMs),
      },
      time,
    );
    return {
      instructions: JSON.parse(answer.instructions_json) as readonly Instruction[],
      sample: answer.sample_json === '' ? null : (JSON.parse(answer.sample_json) as CycleSample),
    };
  }

  /** `commandId` is the caller's: the same for every repeat. */
  async recordOutcome(
    work: Work,
    { ns_id, cluster_id }: Cluster,
    recorded: { readonly commandId: string; readonly attemptId: string; readonly outcomeJson: string },
    time: CallTime,
  ): Promise<void> {
    await this.#call<object>(
      'RecordOutcome',
      {
        meta: this.#meta(work, recorded.commandId),
        ns_id,
        cluster_id,
        attempt_id: recorded.attemptId,
        outcome_json: recorded.outcomeJson,
      },
      time,
    );
  }

  async beginDiscovery(work: Work, { ns_id, name }: Platform, time: CallTime): Promise<DiscoveryPlan> {
    const request = { meta: this.#meta(work), ns_id, name };
    const { plan_json } = await this.#call<{ plan_json: string }>('BeginDiscovery', request, time);
    return JSON.parse(plan_json) as DiscoveryPlan;
  }

  /** `recorded`, `suspect` or `failed`. */
  async submitDiscovery(
    work: Work,
    { ns_id, name }: Platform,
    observationJson: string,
    time: CallTime,
  ): Promise<string> {
    const request = { meta: this.#meta(work), ns_id, name, observation_json: observationJson };
    return (await this.#call<{ result: string }>('SubmitDiscovery', request, time)).result;
  }

  #meta({ claim, correlationId }: Work, commandId: string = v7()): object {
    return { command_id: commandId, correlation_id: correlationId, worker: this.worker, lease: claim };
  }

  #call<Response>(method: string, request: object, { withinMs, signal }: CallTime): Promise<Response> {
    const deadlineMs = Math.max(1, withinMs);
    return this.grpc.call<Response>(method, request, { deadlineMs, ...(signal ? { signal } : {}) });
  }
}

export type Control = Pick<
  ControlClient,
  'beginCycle' | 'submitObservation' | 'recordOutcome' | 'beginDiscovery' | 'submitDiscovery'
>;
