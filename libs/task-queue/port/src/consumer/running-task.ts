import { TaskQueueError } from '../task-queue.port.js';
import type { ConsumeOptions, Task, TaskResult } from '../task-queue.port.js';
import { backoffMs } from '../resolved-settings.js';
import type { ResolvedSettings } from '../resolved-settings.js';
import type { Answer, ConsumerBackend } from './consumer-backend.js';

const REASON = /^[A-Z][A-Z0-9_]{0,63}$/;
const MAX_REASON = 200;
/** Of its visibility. Above that a heartbeat has nothing to put off. */
const ENOUGH_LEFT = 0.75;

/** One delivery, from take to answer. */
export class RunningTask {
  readonly #abort = new AbortController();
  #visibleUntilMs: number;

  constructor(
    readonly task: Task,
    takenAtMs: number,
    private readonly settings: ResolvedSettings,
    private readonly backend: Pick<ConsumerBackend, 'extend'>,
  ) {
    this.#visibleUntilMs = takenAtMs + settings.visibilityMs;
  }

  /** By the consumer's own clock, counted from before the request was sent. */
  isVisible(nowMs: number): boolean {
    return nowMs < this.#visibleUntilMs;
  }

  lose(why: string): void {
    this.#abort.abort(new TaskQueueError('TASK_LOST', `task ${this.task.id}: ${why}`));
  }

  /** Runs the handler and says what becomes of the task. Never rejects. */
  async run(handler: ConsumeOptions['handler'], onError: (error: unknown) => void): Promise<Answer> {
    let result: TaskResult;
    try {
      result = checked(
        await handler(this.task, { signal: this.#abort.signal, heartbeat: () => this.#heartbeat() }),
      );
    } catch (error) {
      if (!this.#abort.signal.aborted) onError(error);
      result = { outcome: 'retry', reason: reasonOf(error) };
    }
    const { id, attempt } = this.task;
    // "Give up, do not record": whatever it says after the abort, somebody may already run it again.
    if (this.#abort.signal.aborted)
      return { id, attempt, outcome: 'released', reason: 'RELEASED', backoffMs: 0 };
    return {
      id,
      attempt,
      outcome: result.outcome,
      reason: 'reason' in result ? result.reason.replaceAll('\u0000', '').slice(0, MAX_REASON) : '',
      backoffMs: result.outcome === 'retry' ? backoffMs(this.settings, attempt) : 0,
    };
  }

  async #heartbeat(): Promise<void> {
    this.#abort.signal.throwIfAborted();
    const sentAt = performance.now();
    const { visibilityMs } = this.settings;
    // Nobody else can have it for most of its time yet: short tasks heartbeat without a statement each.
    if (this.#visibleUntilMs - sentAt > visibilityMs * ENOUGH_LEFT) return;
    const ours = await this.backend.extend(this.task.id, this.task.attempt);
    if (!ours) this.lose('another consumer has it');
    this.#abort.signal.throwIfAborted();
    this.#visibleUntilMs = sentAt + visibilityMs;
  }
}

/** A handler of another build, or plain JavaScript, can answer anything; that must not end a task in no way at all. */
function checked(result: TaskResult): TaskResult {
  const value: unknown = result;
  if (typeof value === 'object' && value !== null && 'outcome' in value) {
    if (value.outcome === 'executed') return { outcome: 'executed' };
    const reason = 'reason' in value && typeof value.reason === 'string' ? value.reason : '';
    if (value.outcome === 'abandoned' || value.outcome === 'retry') return { outcome: value.outcome, reason };
  }
  throw Object.assign(new Error('the handler answered no TaskResult'), { code: 'HANDLER_RESULT_INVALID' });
}

function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && REASON.test(code) ? code : 'HANDLER_FAILED';
}
