import type { EventStore, Position, StoredEvent, SubscriptionBatch } from '@replicante/event-store';
import { applyBatch } from './apply-batch.js';
import type { Checkpoint } from './checkpoint.js';
import { errorCode, errorMessage } from './subscription-error.js';
import { projectInSlices, type ProjectedBatch } from './slices.js';
import type { Poison, SubscriptionPhase, SubscriptionSink } from './subscription-sink.port.js';
import { verifyStore } from './verify-store.js';
import { startWatchdog } from './watchdog.js';

export interface SubscriptionObserver {
  onBatch?(batch: { readonly events: number; readonly ms: number; readonly position: Position }): void;
  onPoison?(poison: Poison): void;
  /** Lost its source or sink, or was silent; it tries again by itself. */
  onRestart?(error: unknown): void;
  /** Something that the subscription does not depend upon failed: its own state could not be recorded, or its lag told. */
  onFault?(error: unknown): void;
  onPhase?(phase: SubscriptionPhase, message: string | null): void;
}

export interface SubscriptionOptions<C> {
  /** Also the checkpoint's id. */
  readonly name: string;
  readonly source: EventStore;
  readonly streamPrefixes?: readonly string[];
  /** Pure. What it throws makes the event poison. */
  readonly project: (event: StoredEvent) => readonly C[];
  /** Changes of equal keys within a batch become the last of them; absent: nothing is folded. */
  readonly foldKey?: (change: C) => string | undefined;
  readonly sink: SubscriptionSink<C>;
  /** Stop at a poison event until the head is reached; then `onCaughtUp`, and live from there. */
  readonly rebuilding?: boolean;
  /**
   * When a rebuild first reaches the head, before `onCaughtUp`: may take long (indexes), for what came meanwhile is
   * taken before that. A rejection is an outage: it comes again.
   */
  readonly onHeadReached?: (signal: AbortSignal) => Promise<void>;
  /** Called once per rebuild, when not more than a batch is left to take. A rejection is an outage: it comes again. */
  readonly onCaughtUp?: () => Promise<void>;
  /** At most so many events a batch; default 2000. */
  readonly batchSize?: number;
  readonly observer?: SubscriptionObserver;
  readonly backOffMs?: { readonly base: number; readonly max: number };
  readonly watchdogMs?: { readonly every: number; readonly silent: number };
}

export interface SubscriptionState {
  readonly name: string;
  readonly phase: SubscriptionPhase;
  readonly position: Position | undefined;
  readonly message: string | null;
}

interface PreparedBatch<C> {
  readonly position: Position | undefined;
  readonly atHead: boolean;
  readonly projected: ProjectedBatch<C>;
}

const BATCH_SIZE = 2_000;
const NOT_FOLDED = () => undefined;

/** One named catch-up subscription. One instance runs at a time (a lease's matter); two do no harm, only work. */
export class Subscription<C> {
  #phase: SubscriptionPhase = 'idle';
  #message: string | null = null;
  #checkpoint: Checkpoint | undefined;
  #rebuilding: boolean;
  #headReached = false;
  #taking = false;
  #lastActivity = 0;

  constructor(private readonly options: SubscriptionOptions<C>) {
    this.#rebuilding = options.rebuilding ?? false;
  }

  state(): SubscriptionState {
    const { name } = this.options;
    return { name, phase: this.#phase, position: this.#checkpoint?.position, message: this.#message };
  }

  /**
   * Runs until `signal` aborts. A refused checkpoint or a poison event in a rebuild ends the work, not the run: the
   * state says what is wrong for as long as this process is the one in charge.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { base, max } = this.options.backOffMs ?? { base: 200, max: 10_000 };
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#follow(signal, () => (failures = 0));
      } catch (error) {
        if (signal.aborted) break;
        const ending = endingOf(error);
        if (ending) {
          await this.#enter(ending, errorMessage(error));
          await pause(signal);
          break;
        }
        failures += 1;
        this.options.observer?.onRestart?.(error);
        await this.#enter('waiting', errorMessage(error));
        await pause(signal, Math.min(base * 2 ** (failures - 1), max));
      }
    }
    this.#phase = 'idle';
  }

  async #follow(outer: AbortSignal, onProgress: () => void): Promise<void> {
    const { source, sink, streamPrefixes, batchSize = BATCH_SIZE } = this.options;
    this.#checkpoint = await sink.checkpoint();
    const storeIdentity = await verifyStore(source, this.#checkpoint);
    await this.#enter(this.#rebuilding ? 'rebuilding' : 'running', null);

    const inner = new AbortController();
    const signal = AbortSignal.any([outer, inner.signal]);
    let fault: unknown;
    const give = (error: unknown) => {
      fault ??= error;
      inner.abort();
    };
    const stopWatchdog = this.#watch(give);
    const batches = source
      .subscribeAll({
        ...(this.#checkpoint && { after: this.#checkpoint.position }),
        ...(streamPrefixes && { streamPrefixes }),
        batchSize,
        signal,
      })
      [Symbol.asyncIterator]();
    try {
      // The next page is read and projected while this one is written.
      let next = this.#prepare(batches.next());
      for (;;) {
        const batch = await next;
        if (!batch) break;
        this.#lastActivity = performance.now();
        next = this.#prepare(batches.next());
        next.catch(give);
        await this.#take(batch, storeIdentity, signal);
        this.#lastActivity = performance.now();
        onProgress();
      }
    } finally {
      stopWatchdog();
      inner.abort();
      await batches.return?.();
    }
    if (fault !== undefined) throw fault instanceof Error ? fault : new Error(errorMessage(fault));
    if (!outer.aborted) throw new Error('the event store ended the subscription');
  }

  /** What is poison is judged when the batch is taken: by then a rebuild may be live. */
  async #prepare(page: Promise<IteratorResult<SubscriptionBatch>>): Promise<PreparedBatch<C> | undefined> {
    const result = await page;
    if (result.done) return undefined;
    const { position, atHead, events } = result.value;
    return { position, atHead, projected: await projectInSlices(events, this.options.project) };
  }

  async #take(batch: PreparedBatch<C>, storeIdentity: string, signal: AbortSignal): Promise<void> {
    this.#taking = true;
    try {
      await this.#apply(batch, storeIdentity);
      if (batch.atHead && this.#rebuilding) await this.#atHead(signal);
    } finally {
      this.#taking = false;
    }
  }

  async #atHead(signal: AbortSignal): Promise<void> {
    const { source, onHeadReached, onCaughtUp, batchSize = BATCH_SIZE } = this.options;
    if (!this.#headReached) await onHeadReached?.(signal);
    this.#headReached = true;
    // The page was read before that: readers must not be sent back to what the head was then.
    if ((await source.countAfter(this.#checkpoint?.position)) > batchSize) return;
    await onCaughtUp?.();
    this.#rebuilding = false;
    await this.#enter('running', null);
  }

  async #apply(batch: PreparedBatch<C>, storeIdentity: string): Promise<void> {
    const { sink, foldKey, observer } = this.options;
    const began = performance.now();
    const { position } = batch;
    if (position !== undefined && position !== this.#checkpoint?.position) {
      this.#checkpoint = await applyBatch(batch.projected, this.#checkpoint, position, {
        foldKey: foldKey ?? NOT_FOLDED,
        sink,
        storeIdentity,
        stopAtPoison: this.#rebuilding,
        onPoison: poison => observer?.onPoison?.(poison),
      });
      observer?.onBatch?.({ events: batch.projected.events.length, ms: performance.now() - began, position });
    }
  }

  #watch(give: (error: unknown) => void): () => void {
    const { every, silent } = this.options.watchdogMs ?? { every: 5_000, silent: 15_000 };
    this.#lastActivity = performance.now();
    return startWatchdog({
      source: this.options.source,
      position: () => this.#checkpoint?.position,
      // A batch that takes long, or an index, is no silence.
      lastActivity: () => (this.#taking ? performance.now() : this.#lastActivity),
      everyMs: every,
      silentMs: silent,
      onSilent: () => give(new Error('the subscription fell silent behind the head')),
      onHeadUnknown: error => this.options.observer?.onFault?.(error),
      onFault: give,
    });
  }

  async #enter(phase: SubscriptionPhase, message: string | null): Promise<void> {
    if (phase === this.#phase && message === this.#message) return;
    this.#phase = phase;
    this.#message = message;
    this.options.observer?.onPhase?.(phase, message);
    try {
      await this.options.sink.record(phase, message);
    } catch (error) {
      // For `status` only; what matters fails where it is done.
      this.options.observer?.onFault?.(error);
    }
  }
}

function endingOf(error: unknown): 'stopped' | 'CONTROL_PLANE_RESTORED' | undefined {
  const code = errorCode(error);
  if (code === 'CONTROL_PLANE_RESTORED') return code;
  return code === 'POISON_WHILE_REBUILDING' ? 'stopped' : undefined;
}

/** Resolves after `ms` (absent: never) or when the signal aborts. */
function pause(signal: AbortSignal, ms?: number): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
