import type { ConsumeOptions, Task, TaskConsumer } from '../task-queue.port.js';
import type { ResolvedSettings } from '../resolved-settings.js';
import { AnswerWriter } from './answer-writer.js';
import type { ConsumerBackend } from './consumer-backend.js';
import { PartitionSet } from './partition-set.js';
import { RunningTask } from './running-task.js';
import { nextTurn, settledWithin } from './within.js';

const DEFAULT_CONCURRENCY = 16;
const DEFAULT_DRAIN_MS = 10_000;
/** How long a handler has to give up after it was told to. One that does not is left to the visibility time-out. */
const ABORT_GRACE_MS = 1_000;
const HAND_OVER_MS = 5_000;

export interface ConsumerEngineOptions {
  readonly consume: ConsumeOptions;
  readonly settings: ResolvedSettings;
  readonly backend: ConsumerBackend;
  /** How often it looks for tasks by itself; being woken is only faster. */
  readonly pollMs: number;
}

/** The consumer's side of the queue, written once for every adapter that keeps tasks in a store. */
export class ConsumerEngine implements TaskConsumer {
  readonly ready: Promise<void>;
  readonly #options: ConsumerEngineOptions;
  readonly #running = new Map<RunningTask, Promise<void>>();
  readonly #partitions: PartitionSet;
  readonly #writer: AnswerWriter;
  readonly #stopListening: () => void;
  readonly #timers: NodeTimer[] = [];
  #becomeReady: () => void = () => undefined;
  #heardAtMs = performance.now();
  #beating: Promise<void> | undefined;
  #beatAgain = false;
  #pumping: Promise<void> | undefined;
  #pumpAgain = false;
  #stopping: Promise<void> | undefined;

  constructor(options: ConsumerEngineOptions) {
    this.#options = options;
    const { backend, consume } = options;
    this.ready = new Promise(resolve => (this.#becomeReady = resolve));
    this.#writer = new AnswerWriter(answers => backend.settle(answers), this.#onError);
    this.#partitions = new PartitionSet({
      backend,
      callbacks: consume,
      onError: this.#onError,
      onOpened: () => {
        this.#pump();
      },
      onLost: partition => {
        for (const running of this.#of(partition)) running.lose('its partition went to another consumer');
      },
      drain: partition => this.#drain(() => this.#of(partition), HAND_OVER_MS),
    });
    this.#stopListening = backend.onWake(what => {
      if (what === 'partitions') this.#beatSoon();
      else this.#pump();
    });
    this.#every(options.settings.beatMs, () => {
      this.#beat();
    });
    this.#every(options.pollMs, () => {
      this.#loseTheUnheard();
      this.#loseTheInvisible();
      this.#pump();
    });
    this.#beat();
  }

  assignedPartitions(): readonly number[] {
    return this.#partitions.assigned();
  }

  stop(drainMs = DEFAULT_DRAIN_MS): Promise<void> {
    this.#stopping ??= this.#stop(drainMs);
    return this.#stopping;
  }

  readonly #onError = (error: unknown): void => {
    this.#options.consume.onError?.(error);
  };

  #every(ms: number, work: () => void): void {
    this.#timers.push(setInterval(work, ms));
  }

  #beat(): void {
    this.#beating ??= this.#sayAlive().finally(() => {
      this.#beating = undefined;
      if (this.#beatAgain && !this.#stopping) this.#beatSoon();
    });
  }

  /** What was heard while a beat was on its way may have come too late for it. */
  #beatSoon(): void {
    this.#beatAgain = this.#beating !== undefined;
    this.#beat();
  }

  async #sayAlive(): Promise<void> {
    const sentAt = performance.now();
    try {
      const beat = await this.#options.backend.beat(this.#partitions.avoided());
      this.#heardAtMs = sentAt;
      // While it stops, nothing new is begun.
      if (this.#stopping) return;
      this.#partitions.apply(beat);
      this.#becomeReady();
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Its partitions, and what runs of them, may be another's by now. Not left to a beat: that can hang as well. */
  #loseTheUnheard(): void {
    if (performance.now() - this.#heardAtMs >= this.#options.settings.consumerTtlMs)
      this.#partitions.loseAll();
  }

  #pump(): void {
    if (this.#pumping) this.#pumpAgain = true;
    else this.#pumping = this.#takeAll().finally(() => (this.#pumping = undefined));
  }

  async #takeAll(): Promise<void> {
    do {
      // Slots that come free together are filled by one take.
      await nextTurn();
      this.#pumpAgain = false;
      const limit = (this.#options.consume.concurrency ?? DEFAULT_CONCURRENCY) - this.#running.size;
      const partitions = shuffled(this.#partitions.open());
      if (this.#stopping || limit <= 0 || partitions.length === 0) return;
      const sentAt = performance.now();
      try {
        const tasks = await this.#options.backend.take(partitions, limit);
        for (const task of tasks) this.#start(task, sentAt);
        if (tasks.length === limit) this.#pumpAgain = true;
      } catch (error) {
        // The poll timer tries again.
        this.#onError(error);
        return;
      }
    } while (this.#pumpAgain);
  }

  #start(task: Task, takenAtMs: number): void {
    const { settings, backend, consume } = this.#options;
    const running = new RunningTask(task, takenAtMs, settings, backend);
    // Lost while the take was on its way: its handler is not called.
    if (!this.#partitions.assigned().includes(task.partition))
      running.lose('its partition went to another consumer');
    const handler: ConsumeOptions['handler'] = async (of, context) => {
      context.signal.throwIfAborted();
      return await consume.handler(of, context);
    };
    const work = running
      .run(handler, this.#onError)
      .then(answer => this.#writer.write(answer, () => running.isVisible(performance.now())))
      .finally(() => {
        this.#running.delete(running);
        this.#pump();
      });
    this.#running.set(running, work);
  }

  #of(partition: number): RunningTask[] {
    return [...this.#running.keys()].filter(running => running.task.partition === partition);
  }

  #loseTheInvisible(): void {
    const now = performance.now();
    for (const running of this.#running.keys())
      if (!running.isVisible(now)) running.lose('its visibility ended without a heartbeat');
  }

  /** Waits for what runs, then tells it to give up, then waits a little for that. */
  async #drain(which: () => RunningTask[], ms: number): Promise<void> {
    const ended = async (): Promise<void> => {
      await this.#pumping;
      await Promise.all(which().map(running => this.#running.get(running) ?? Promise.resolve()));
    };
    if (await settledWithin(ended(), ms)) return;
    for (const running of which()) running.lose('the consumer was told to let it go');
    await settledWithin(ended(), ABORT_GRACE_MS);
  }

  async #stop(drainMs: number): Promise<void> {
    this.#stopListening();
    await this.#drain(() => [...this.#running.keys()], drainMs);
    for (const timer of this.#timers) clearInterval(timer);
    await this.#beating;
    await this.#options.backend.leave().catch(this.#onError);
    this.#partitions.loseAll();
    await this.#partitions.settled();
  }
}

type NodeTimer = ReturnType<typeof setInterval>;

/** Takes stop at the limit: always beginning with the same partition would starve the last. */
function shuffled(partitions: readonly number[]): readonly number[] {
  const from = Math.floor(Math.random() * partitions.length);
  return [...partitions.slice(from), ...partitions.slice(0, from)];
}
