import type { StoredEvent } from '@replicante/event-store';
import { CLOCK_TOLERANCE_MS, COMMAND_WINDOW_MS } from './command-id.js';

/** What a stream remembers of one accepted command. */
export interface RememberedCommand {
  /** Events of it so far. */
  readonly events: number;
  readonly revision: number;
  readonly position: string;
  /** Absent while only a prefix of a chunked command is stored. */
  readonly accepted?: { readonly digest: string; readonly answer: unknown };
}

export interface CommandEntry extends RememberedCommand {
  readonly recordedMs: number;
}

/** Commands of a snapshot, not looked at yet. */
export interface KeptCommands {
  readonly count: number;
  /** The highest of their ids: what is higher is none of them. */
  readonly highest: string;
  /** In the order of their first events, some thousand at a time. */
  readonly lines: () => Iterable<readonly (readonly [id: string, entry: CommandEntry])[]>;
}

const AT_LEAST = 1_000;
const KEPT_MS = COMMAND_WINDOW_MS + 2 * CLOCK_TOLERANCE_MS;

/**
 * Accepted command ids, folded from the events' metadata: those of the last 24 h, and at least 1,000 (safety.md §10).
 * What falls out is told by event times, never by a clock: a fold is the same on every replay.
 */
export class CommandMemory {
  /** Ordered by the first event of each command. */
  #entries = new Map<string, CommandEntry>();
  /**
   * Come before `#entries`. Ids are UUIDv7, so a new command's is higher than all of them: a busy stream's hundred
   * thousand commands are not unpacked for the first command of a process, only for a repeat or a client whose clock is
   * behind.
   */
  #kept: KeptCommands | undefined;

  constructor(kept?: KeptCommands) {
    if (kept && kept.count > 0) this.#kept = kept;
  }

  get size(): number {
    return this.#unpacked().size;
  }

  /** All of them, in order; later folds do not change what was answered. */
  entries(): readonly (readonly [id: string, entry: CommandEntry])[] {
    return [...this.#unpacked()];
  }

  /** So that `entries` has nothing to unpack; others have their turn meanwhile. */
  async unpack(pause: () => Promise<void>): Promise<void> {
    const kept = this.#kept;
    if (kept === undefined) return;
    const entries = new Map<string, CommandEntry>();
    for (const line of kept.lines()) {
      for (const [id, entry] of line) entries.set(id, entry);
      await pause();
    }
    if (this.#kept === kept) this.#goOnFrom(entries);
  }

  find(commandId: string): RememberedCommand | undefined {
    return this.#with(commandId.toLowerCase()).get(commandId.toLowerCase());
  }

  fold({ metadata, revision, position }: StoredEvent): void {
    const id = metadata.commandId.toLowerCase();
    const entries = this.#with(id);
    const before = entries.get(id);
    const accepted =
      metadata.commandDigest === undefined
        ? before?.accepted
        : { digest: metadata.commandDigest, answer: metadata.commandAnswer };
    const recordedMs = Date.parse(metadata.recordedAt);
    entries.set(id, {
      events: (before?.events ?? 0) + 1,
      revision,
      position,
      recordedMs,
      ...(accepted ? { accepted } : {}),
    });
    this.#forget(recordedMs);
  }

  #forget(newestMs: number): void {
    // Those that come first are not unpacked to be forgotten: that waits for the next snapshot, or until others are many.
    if (this.#kept && this.#entries.size <= 2 * AT_LEAST) return;
    for (const [id, { recordedMs }] of this.#unpacked()) {
      if (this.#entries.size <= AT_LEAST || recordedMs >= newestMs - KEPT_MS) return;
      this.#entries.delete(id);
    }
  }

  /** Entries among which this id is, if it is remembered at all. */
  #with(id: string): Map<string, CommandEntry> {
    return this.#kept && id <= this.#kept.highest ? this.#unpacked() : this.#entries;
  }

  #unpacked(): Map<string, CommandEntry> {
    if (this.#kept) this.#goOnFrom(new Map([...this.#kept.lines()].flat()));
    return this.#entries;
  }

  /** What was kept, before what was folded since: none of it is in both, or it would have been unpacked then. */
  #goOnFrom(kept: Map<string, CommandEntry>): void {
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const [id, entry] of this.#entries) {
      kept.set(id, entry);
      newestMs = entry.recordedMs;
    }
    this.#entries = kept;
    this.#kept = undefined;
    this.#forget(newestMs);
  }
}
