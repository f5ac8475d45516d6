import type { ActionScheduled, AgentActionExecution, AttemptHeaders } from '@replicante/agent-protocol';
import { decodeAgentActionExecution, formatFence } from '@replicante/agent-protocol';
import { randomUUID } from 'node:crypto';
import type { ScheduleRequest } from './action-request.js';
import type { ActionStore } from './action-store.js';
import { AgentError } from './agent-error.js';
import type { FenceStore } from './fence-store.js';

export interface IntakeOptions {
  readonly clusterId: string;
  readonly kinds: ReadonlySet<string>;
  /** Unfinished actions at most; further ones get 429 (§5.4). */
  readonly maxQueued: number;
  readonly now: () => Date;
}

/**
 * Accepts actions, one request at a time: between the check of a fence or an id and its write nothing else happens.
 * When `schedule` answers, the action, its attempt and its fence are on disk.
 */
export class ActionIntake {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly actions: ActionStore,
    private readonly fences: FenceStore,
    private readonly options: IntakeOptions,
  ) {}

  /** Throws `FENCED`, `ACTION_EXISTS`, `UNKNOWN_ACTION_KIND`, `TOO_MANY_ACTIONS`, `INVALID_REQUEST`. */
  schedule(request: ScheduleRequest, attempt: AttemptHeaders): Promise<ActionScheduled> {
    const result = this.#last.then(() => this.#schedule(request, attempt));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #schedule(request: ScheduleRequest, attempt: AttemptHeaders): Promise<ActionScheduled> {
    const keys = [
      ...(attempt.attemptId === undefined ? [] : [`attempt:${attempt.attemptId}`]),
      ...(attempt.idempotencyKey === undefined ? [] : [`key:${attempt.idempotencyKey}`]),
    ];
    const known = keys.map(key => this.actions.ofAttempt(key)).find(action => action !== undefined);
    // Evidence of what was done is given whatever the fence; it does nothing again.
    if (known) return { id: known.id };
    await this.#admit(attempt);
    if (!this.options.kinds.has(request.kind))
      throw new AgentError('UNKNOWN_ACTION_KIND', `this agent knows no action "${request.kind}"`);
    const id = request.id ?? randomUUID();
    if (this.actions.get(id)) throw new AgentError('ACTION_EXISTS', `an action with id ${id} exists`);
    if (this.actions.queue().length >= this.options.maxQueued)
      throw new AgentError('TOO_MANY_ACTIONS', `${this.options.maxQueued} actions wait already`);
    await this.actions.add(this.#newAction(id, request), keys);
    return { id };
  }

  async #admit({ fence }: AttemptHeaders): Promise<void> {
    const { clusterId } = this.options;
    if (!fence || (await this.fences.admit(clusterId, fence))) return;
    const highest = this.fences.highest(clusterId);
    throw new AgentError(
      'FENCED',
      `the lease ${formatFence(fence)} is older than ${highest ? formatFence(highest) : 'one'} that was seen`,
    );
  }

  /** Through the decoder: what the agent could not answer later, or read from its own disk, is refused now. */
  #newAction(id: string, request: ScheduleRequest): AgentActionExecution {
    const now = this.options.now().toISOString();
    const decoded = decodeAgentActionExecution({
      args: request.args,
      created_time: request.created_time ?? now,
      finished_time: null,
      id,
      kind: request.kind,
      metadata: request.metadata,
      scheduled_time: now,
      state: { error: null, payload: null, phase: 'NEW' },
    });
    if (decoded.ok) return decoded.value;
    const problems = decoded.problems.map(({ path, problem }) => `${path} ${problem}`).join('; ');
    throw new AgentError('INVALID_REQUEST', problems);
  }
}
