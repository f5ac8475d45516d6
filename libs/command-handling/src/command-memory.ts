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

interface Entry extends RememberedCommand {
  readonly recordedMs: number;
}

const AT_LEAST = 1_000;
const KEPT_MS = COMMAND_WINDOW_MS + 2 * CLOCK_TOLERANCE_MS;

/**
 * Accepted command ids, folded from the events' metadata: those of the last 24 h, and at least 1,000 (safety.md §10).
 * What falls out is told by event times, never by a clock: a fold is the same on every replay.
 */
export class CommandMemory {
  /** Ordered by the first event of each command. */
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  find(commandId: string): RememberedCommand | undefined {
    return this.#entries.get(commandId.toLowerCase());
  }

  fold({ metadata, revision, position }: StoredEvent): void {
    const id = metadata.commandId.toLowerCase();
    const before = this.#entries.get(id);
    const accepted =
      metadata.commandDigest === undefined
        ? before?.accepted
        : { digest: metadata.commandDigest, answer: metadata.commandAnswer };
    const recordedMs = Date.parse(metadata.recordedAt);
    this.#entries.set(id, {
      events: (before?.events ?? 0) + 1,
      revision,
      position,
      recordedMs,
      ...(accepted ? { accepted } : {}),
    });
    this.#forget(recordedMs);
  }

  #forget(newestMs: number): void {
    for (const [id, { recordedMs }] of this.#entries) {
      if (this.#entries.size <= AT_LEAST || recordedMs >= newestMs - KEPT_MS) return;
      this.#entries.delete(id);
    }
  }
}
