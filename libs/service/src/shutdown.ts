import type { Logger } from './logger.js';
import { errorKeys } from './logger.js';

/** In this order: what comes later is still needed by what comes before. */
export const SHUTDOWN_PHASES = [
  'stop intake',
  'finish work',
  'flush',
  'release leadership',
  'close',
] as const;
export type ShutdownPhase = (typeof SHUTDOWN_PHASES)[number];

interface Step {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

/**
 * Ordered, bounded stop. Within one phase the steps run in the reverse order of their registration, one after the other:
 * what was opened last is closed first. A step that fails or hangs is logged and does not keep the next ones from running.
 */
export class Shutdown {
  readonly #steps = new Map<ShutdownPhase, Step[]>();
  #done: Promise<void> | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly withinMs: number,
  ) {}

  on(phase: ShutdownPhase, name: string, run: Step['run']): void {
    const steps = this.#steps.get(phase) ?? [];
    steps.push({ name, run });
    this.#steps.set(phase, steps);
  }

  /** Idempotent; never rejects. */
  run(): Promise<void> {
    this.#done ??= this.#runAll();
    return this.#done;
  }

  async #runAll(): Promise<void> {
    const deadline = performance.now() + this.withinMs;
    for (const phase of SHUTDOWN_PHASES)
      for (const step of [...(this.#steps.get(phase) ?? [])].reverse())
        await this.#runStep(phase, step, deadline);
  }

  async #runStep(phase: ShutdownPhase, step: Step, deadline: number): Promise<void> {
    // Even when the time is used up each step gets its start: releasing a lease sends its request at once.
    const left = Math.max(100, deadline - performance.now());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>(resolve => {
      timer = setTimeout(() => resolve('late'), left);
    });
    try {
      const ended = await Promise.race([Promise.resolve().then(step.run), late]);
      if (ended === 'late')
        this.logger.warn({ phase, step: step.name }, 'shutdown goes on without this step: out of time');
    } catch (error) {
      this.logger.warn({ phase, step: step.name, ...errorKeys(error) }, 'a step of the shutdown failed');
    } finally {
      clearTimeout(timer);
    }
  }
}
