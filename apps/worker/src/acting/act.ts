import type { AgentConnections } from '@replicante/agent-protocol';
import type { Lease } from '@replicante/coordinator';
import type { AttemptOutcome, CyclePlan, Instruction } from '@replicante/domain';
import type { PlatformConnections } from '@replicante/platform-protocol';
import type { SecretReference } from '@replicante/service';
import type { Work } from '../control-client.js';
import { errorDocumentOf } from '../errors.js';
import type { OutcomeOutbox } from './outcome-outbox.js';
import { nodeActionOutcome, provisionOutcome } from './outcomes.js';
import type { PlatformCalls } from './platform-calls.js';

export interface ActOptions {
  readonly agents: Pick<AgentConnections, 'client'>;
  readonly platforms: Pick<PlatformConnections, 'client'>;
  readonly platformCalls: Pick<PlatformCalls, 'begin'>;
  readonly outbox: Pick<OutcomeOutbox, 'record'>;
  readonly secret: (reference: SecretReference) => Promise<string>;
  readonly monotonicMs: () => number;
  readonly agentTimeoutMs: number;
  /** Aborted when the process must end now: an answer that is still awaited becomes unknown. */
  readonly ending: AbortSignal;
  readonly onOutcome?: (kind: Instruction['kind'], result: AttemptOutcome['result']) => void;
}

export interface Orders {
  readonly task: { readonly ns_id: string; readonly cluster_id: string };
  readonly work: Work;
  readonly plan: Pick<CyclePlan, 'ca_bundle' | 'agent_token'>;
  readonly lease: Pick<Lease, 'lost' | 'remainingMs' | 'epoch' | 'token'>;
  readonly instructions: readonly Instruction[];
  /** When the observation was sent, monotonic: `not_after_ms` is counted from here, which is never too long. */
  readonly sentMs: number;
}

/** Longer than an agent's: a platform may start a machine before it answers. `command` settles no attempt earlier. */
const PROVISION_MS = 20_000;

/**
 * Carries out instructions. Whether it may still be sent is asked right before the request is written; once it is sent,
 * its answer is awaited although the lease may go: what became of it is evidence. Nothing is ever sent twice from here.
 */
export class Act {
  constructor(private readonly options: ActOptions) {}

  /** Resolves when the agents have answered. Platforms may take their time: nobody waits for them here. */
  async carryOut(orders: Orders): Promise<void> {
    await Promise.all(orders.instructions.map(instruction => this.#one(orders, instruction)));
  }

  async #one(orders: Orders, instruction: Instruction): Promise<void> {
    if (instruction.kind === 'send_node_action')
      return this.#record(orders, instruction, await this.#send(orders, instruction));
    const { attempt_id: attemptId, platform } = instruction;
    const call = { ...orders.task, attemptId, baseUrl: platform.base_url };
    this.options.platformCalls.begin(call, async () =>
      this.#record(orders, instruction, await this.#provision(orders, instruction)),
    );
  }

  async #record(orders: Orders, instruction: Instruction, outcome: AttemptOutcome): Promise<void> {
    this.options.onOutcome?.(instruction.kind, outcome.result);
    const { ns_id, cluster_id } = orders.task;
    await this.options.outbox.record({
      work: orders.work,
      ns_id,
      cluster_id,
      attemptId: instruction.attempt_id,
      outcome,
    });
  }

  async #send(
    orders: Orders,
    instruction: Extract<Instruction, { readonly kind: 'send_node_action' }>,
  ): Promise<AttemptOutcome> {
    const { ca_bundle, agent_token } = orders.plan;
    const token = await this.#secret(agent_token);
    if (token.fault) return { kind: 'node_action', result: 'failed', error: token.fault };
    const client = this.options.agents.client({
      address: instruction.agent_address,
      ...(ca_bundle === null ? {} : { caBundle: ca_bundle }),
      ...(token.value === undefined ? {} : { token: token.value }),
    });
    const timeoutMs = this.options.agentTimeoutMs;
    return nodeActionOutcome(
      await client.scheduleAction(instruction.request, { ...this.#attempt(orders, instruction), timeoutMs }),
    );
  }

  async #provision(
    orders: Orders,
    instruction: Extract<Instruction, { readonly kind: 'provision' }>,
  ): Promise<AttemptOutcome> {
    const attempt = this.#attempt(orders, instruction);
    // It may have waited for its turn until it was too late.
    if (!attempt.maySend()) return { kind: 'provision', result: 'not_sent' };
    const { base_url, tls_ca_bundle, tls_insecure_skip_verify, token: reference } = instruction.platform;
    const token = await this.#secret(reference);
    if (token.fault) return { kind: 'provision', result: 'refused', error: token.fault };
    const client = this.options.platforms.client({
      baseUrl: base_url,
      caBundle: tls_ca_bundle ?? undefined,
      insecureSkipVerify: tls_insecure_skip_verify,
      token: token.value,
    });
    return provisionOutcome(
      await client.provision(instruction.request, { ...attempt, timeoutMs: PROVISION_MS }),
    );
  }

  /** Lease and `notAfter` are checked as the request is about to be written (safety.md §2). */
  #attempt({ lease, sentMs }: Orders, { attempt_id, not_after_ms }: Instruction) {
    const { monotonicMs, ending } = this.options;
    return {
      attemptId: attempt_id,
      idempotencyKey: attempt_id,
      fence: { epoch: lease.epoch, token: lease.token },
      signal: ending,
      maySend: () => !lease.lost.aborted && lease.remainingMs() > 0 && monotonicMs() < sentMs + not_after_ms,
    };
  }

  async #secret(reference: SecretReference | null) {
    if (reference === null) return {};
    try {
      return { value: await this.options.secret(reference) };
    } catch (error) {
      return { fault: errorDocumentOf('the token cannot be read', error) };
    }
  }
}
