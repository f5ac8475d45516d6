import type { EventStore } from '@replicante/event-store';
import type { SnapshotStore } from '@replicante/snapshot-store';
import type { HandlingObserver } from './observer.js';
import type { CapturedFold, ReadSnapshot } from './snapshot-document.js';
import { readSnapshot, snapshotTexts } from './snapshot-document.js';
import type { Tools } from './tools.js';

export interface SnapshotsOptions {
  readonly snapshots: SnapshotStore;
  readonly store: Pick<EventStore, 'storeIdentity'>;
  /** Of the folds that are kept: raised whenever the same events fold to another state. */
  readonly evolveVersion: number;
  readonly tools: Pick<Tools, 'clock' | 'wait'>;
  readonly observer?: HandlingObserver;
  /** Events after a stream's newest snapshot that make the next one due; default 500, some 15 ms to read. */
  readonly every?: number;
}

/** A fold as its snapshots see it. */
export interface KeptFold {
  readonly streamId: string;
  readonly revision: number;
  snapshotRevision: number;
  unpack(pause: () => Promise<void>): Promise<void>;
  capture(): CapturedFold | undefined;
}

const EVERY = 500;
/** Before a write, and between two: the answer of the command that made it due goes first. */
const PAUSE_MS = 50;
/** Pause after a write, in times of what the write took: snapshots take at most some 5 % of a process, however large. */
const REST = 20;
/** Half a million commands within 24 h. A larger fold is read from its events, as if there were no snapshots. */
const LARGEST = 128 * 1024 * 1024;
/** Tails worth a snapshot when the process stops: a longer one takes its successor more than one page to read. */
const LONG_TAIL = 100;
const STOPPING_LANES = 2;
/** Streams whose fault was told: a bound for a store where every snapshot is wrong. */
const TOLD = 10_000;

/**
 * Keeps folds of long streams for the next process. A cache: no command fails or waits because of it, but for one read of
 * a stream that is long and not in memory. What is read is believed only if the stream still holds the same event at its
 * revision (safety.md §10); who asks looks for itself, and reads on from there.
 */
export class Snapshots {
  readonly #due = new Map<string, KeptFold>();
  readonly #told = new Set<string>();
  readonly #sources: (() => Iterable<KeptFold>)[] = [];
  #writing: Promise<void> | undefined;
  /** Until the next success: a store that is away is told of once, not per stream. */
  readonly #failing = new Set<'load' | 'write'>();
  /** Snapshots whose commands could not be unpacked. */
  readonly #distrusted = new Set<string>();
  #stopped = false;

  constructor(private readonly options: SnapshotsOptions) {}

  /** Folds that are written at the stop. */
  watch(source: () => Iterable<KeptFold>): void {
    this.#sources.push(source);
  }

  /** The stream's snapshot, if it lies beyond this revision. Never rejects. */
  async load(streamId: string, beyond: number): Promise<ReadSnapshot | undefined> {
    const { snapshots, store, evolveVersion } = this.options;
    if (this.#distrusted.has(streamId)) return undefined;
    try {
      const [stored, identity] = await Promise.all([
        snapshots.load(streamId, evolveVersion),
        store.storeIdentity(),
      ]);
      this.#failing.delete('load');
      if (stored === undefined || stored.revision <= beyond) return undefined;
      if (stored.storeIdentity !== identity) {
        this.ignore(streamId, 'it is of another event store');
        return undefined;
      }
      return readSnapshot(stored);
    } catch (error) {
      this.#failed('load', streamId, error);
      return undefined;
    }
  }

  /** A snapshot that does not fit its stream: told once, and written over by the next. */
  ignore(streamId: string, because: string): void {
    const first = !this.#told.has(streamId) && this.#told.size < TOLD;
    this.#told.add(streamId);
    this.options.observer?.snapshot?.('ignored', first ? { streamId, because } : undefined);
  }

  /** What was believed turns out to be broken: the caller folds anew, and this process reads no snapshot before the next. */
  distrust(streamId: string, error: unknown): void {
    this.#distrusted.add(streamId);
    this.#failed('load', streamId, error);
  }

  /** Has it written in a while, if it is due. At most one write at a time. */
  consider(fold: KeptFold): void {
    if (this.#stopped || tailOf(fold) < (this.options.every ?? EVERY)) return;
    this.#due.set(fold.streamId, fold);
    this.#writing ??= this.#writeDue().finally(() => {
      this.#writing = undefined;
    });
  }

  /** For an orderly stop: what has a long tail is written, the longest first, until the time is over. Never rejects. */
  async stop(withinMs: number): Promise<void> {
    const { clock } = this.options.tools;
    const deadlineMs = clock.monotonicMs() + withinMs;
    this.#stopped = true;
    this.#due.clear();
    await this.#writing;
    const left = this.#sources
      .flatMap(source => [...source()])
      .filter(fold => tailOf(fold) >= LONG_TAIL)
      .sort((a, b) => tailOf(a) - tailOf(b));
    const lane = async (): Promise<void> => {
      for (let next = left.pop(); next && clock.monotonicMs() < deadlineMs; next = left.pop())
        await this.#write(next);
    };
    await Promise.all(Array.from({ length: STOPPING_LANES }, lane));
  }

  async #writeDue(): Promise<void> {
    const { wait, clock } = this.options.tools;
    let restedMs = 0;
    for (;;) {
      // In short waits, so that a stop has not to wait for the whole of it.
      do await wait(PAUSE_MS);
      while (!this.#stopped && clock.monotonicMs() < restedMs);
      const [next] = this.#due.values();
      if (next === undefined) return;
      this.#due.delete(next.streamId);
      const beganMs = clock.monotonicMs();
      await this.#write(next);
      const endedMs = clock.monotonicMs();
      restedMs = endedMs + REST * (endedMs - beganMs);
    }
  }

  async #write(fold: KeptFold): Promise<void> {
    const { snapshots, store, evolveVersion, tools, observer } = this.options;
    const { streamId } = fold;
    try {
      const pause = (): Promise<void> => tools.wait(0);
      // Before the first wait, and whatever comes of it: a store that is away is asked again after as many events.
      fold.snapshotRevision = fold.revision;
      await fold.unpack(pause);
      const captured = fold.capture();
      if (captured === undefined) return;
      const texts = await snapshotTexts(captured, pause);
      const size = texts.state.length + texts.commands.length;
      fold.snapshotRevision = captured.revision;
      if (size > LARGEST) {
        observer?.snapshot?.('too_large');
        return;
      }
      const { revision, eventId } = captured;
      const storeIdentity = await store.storeIdentity();
      await snapshots.save({ streamId, evolveVersion, storeIdentity, revision, eventId, ...texts });
      this.#failing.delete('write');
      this.#distrusted.delete(streamId);
      observer?.snapshot?.('written');
    } catch (error) {
      this.#failed('write', streamId, error);
    }
  }

  #failed(what: 'load' | 'write', streamId: string, error: unknown): void {
    const because = error instanceof Error ? error.message : String(error);
    this.options.observer?.snapshot?.(
      `${what}_failed`,
      this.#failing.has(what) ? undefined : { streamId, because },
    );
    this.#failing.add(what);
  }
}

const tailOf = ({ revision, snapshotRevision }: KeptFold): number => revision - snapshotRevision;
