import type { AgentActionExecution } from '@replicante/agent-protocol';
import { errorChain, errorDocument } from '@replicante/agent-protocol';
import type { Json } from '@replicante/kernel';
import type { ActionHandler, ActionOutcome, Change, InvocationContext } from './action-handler.js';
import type { ActionStore } from './action-store.js';
import type { AgentLog } from './agent-log.js';

export interface ExecutorOptions {
  /** Milliseconds between two invocations of a RUNNING action. */
  readonly intervalMs: number;
  /** Milliseconds that finished actions are kept. */
  readonly retentionMs: number;
  readonly now: () => Date;
  readonly log: AgentLog;
}

const CLEAN_EVERY_MS = 3_600_000;

/**
 * Runs one action at a time, oldest first (§5.4). RUNNING is on disk before the first invocation, so that a crash inside
 * a handler shows as RUNNING and the handler is invoked again with what it last remembered.
 */
export class ActionExecutor {
  readonly #handlers: ReadonlyMap<string, ActionHandler>;
  readonly #stopping = new AbortController();
  #wake: () => void = () => undefined;
  #woken = false;
  #loop: Promise<void> | undefined;
  #cleanedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly actions: ActionStore,
    handlers: readonly ActionHandler[],
    private readonly options: ExecutorOptions,
  ) {
    this.#handlers = new Map(handlers.map(handler => [handler.kind, handler]));
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There is new work: no need to wait for the interval. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Aborts the invocation under way and waits until it has come back; its action stays RUNNING. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#woken = false;
      const idle = await this.#step().catch((error: unknown) => {
        // The disk refused: nothing is lost, the same step is made again.
        this.options.log.error('the state of an action could not be written', {
          error_msg: errorChain(error)[0],
        });
        return false;
      });
      if (!signal.aborted && !this.#woken) await this.#pause(idle ? CLEAN_EVERY_MS : this.options.intervalMs);
    }
  }

  /** True when nothing is left to do. */
  async #step(): Promise<boolean> {
    await this.#clean();
    const next = this.#next();
    if (!next) return true;
    await this.#invoke(next);
    const following = this.#next();
    // The next action starts at once; only a running one waits for the interval.
    if (following && following.id !== next.id) this.#woken = true;
    return !following;
  }

  #next(): AgentActionExecution | undefined {
    const queue = this.actions.queue();
    return queue.find(action => action.state.phase === 'RUNNING') ?? queue[0];
  }

  async #invoke(waiting: AgentActionExecution): Promise<void> {
    let action: AgentActionExecution = { ...waiting, state: { ...waiting.state, phase: 'RUNNING' } };
    if (waiting.state.phase === 'NEW') await this.actions.update(action);
    const withPayload = (payload: Json): AgentActionExecution =>
      (action = { ...action, state: { ...action.state, payload } });
    const log: AgentLog = {
      info: (message, fields) => this.options.log.info(message, { action_id: action.id, ...fields }),
      warn: (message, fields) => this.options.log.warn(message, { action_id: action.id, ...fields }),
      error: (message, fields) => this.options.log.error(message, { action_id: action.id, ...fields }),
    };
    const context: InvocationContext = {
      signal: this.#stopping.signal,
      log,
      show: payload => this.actions.show(withPayload(payload)),
      persist: payload => this.actions.update(withPayload(payload)),
    };
    const outcome = await this.#outcomeOf(action, context);
    // An invocation that was broken off by our own stop has failed at nothing.
    if (outcome.phase === 'FAILED' && this.#stopping.signal.aborted) return;
    await this.actions.update(this.#after(action, outcome));
    if (outcome.phase === 'DONE' || outcome.phase === 'FAILED')
      log.info(`action ${outcome.phase === 'DONE' ? 'done' : 'failed'}`, { kind: action.kind });
  }

  async #outcomeOf(action: AgentActionExecution, context: InvocationContext): Promise<ActionOutcome> {
    const { id, kind, args, metadata, state } = action;
    const handler = this.#handlers.get(kind);
    try {
      if (!handler) throw new Error(`this agent no longer knows action "${kind}"`);
      return await handler.invoke({ id, kind, args, metadata, payload: state.payload }, context);
    } catch (error) {
      const document = errorDocument(errorChain(error));
      context.log.warn('a handler failed', { kind, error_msg: document.error_msg });
      return { phase: 'FAILED', error: { update: { ...document } } };
    }
  }

  #after(action: AgentActionExecution, outcome: ActionOutcome): AgentActionExecution {
    const phase = outcome.phase === 'NEW' ? 'RUNNING' : outcome.phase;
    return {
      ...action,
      finished_time: phase === 'RUNNING' ? null : this.options.now().toISOString(),
      state: {
        phase,
        error: changed(action.state.error, outcome.error),
        payload: changed(action.state.payload, outcome.payload),
      },
    };
  }

  async #clean(): Promise<void> {
    if (performance.now() - this.#cleanedAt < CLEAN_EVERY_MS) return;
    this.#cleanedAt = performance.now();
    const before = new Date(this.options.now().getTime() - this.options.retentionMs).toISOString();
    const forgotten = await this.actions.forgetFinishedBefore(before);
    if (forgotten > 0) this.options.log.info('old finished actions forgotten', { count: forgotten });
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      this.#wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function changed(value: Json, change: Change | undefined): Json {
  if (change === undefined || change === 'unchanged') return value;
  return change === 'remove' ? null : change.update;
}
