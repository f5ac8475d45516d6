import { partitionOfKey } from '@replicante/kernel';

export type TaskKind = 'OrchestrateCluster' | 'DiscoverPlatform';

/** Something that is worked once per interval. */
export interface Entry {
  /** The task's key: `<ns>:<cluster>`, `platform:<ns>:<name>`. */
  readonly key: string;
  readonly kind: TaskKind;
  readonly payload:
    | { readonly ns_id: string; readonly cluster_id: string }
    | { readonly ns_id: string; readonly name: string; readonly awaited_clusters: readonly string[] };
  readonly intervalMs: number;
}

export interface Due extends Entry {
  readonly why: 'interval' | 'asked';
  /** Milliseconds after it was due. */
  readonly lateMs: number;
}

/** A request for something that is not known yet waits so long for the read model to show it. */
const ASKED_KEPT_MS = 60_000;

/** Longer than leadership takes to go from one that ends to the next. */
const HANDED_OVER_MS = 1_000;
/** Less than this apart, two due times are one that was computed twice. */
const SAME_MS = 1;

/**
 * What is active and when it is due next: in memory, pure, by a monotonic clock that is given (architecture.md §5).
 *
 * A key is due whenever the wall clock, modulo its interval, is the key's hash: polls never burst, however many clusters
 * were declared at once, and every leader keeps the times of the one before. What a leader reads first begins there, and
 * with what was due in the last second, when nobody may have led; what comes later is new, and due at once besides.
 */
export class Schedule {
  readonly #entries = new Map<string, Entry & { dueMs: number }>();
  readonly #asked = new Map<string, number>();
  #loaded = false;

  /** `aheadMs`: wall clock less monotonic clock, as of when this leader began. A step of the wall clock moves nothing. */
  constructor(private readonly aheadMs = 0) {}

  /** Entries by kind. */
  count(kind: TaskKind): number {
    return [...this.#entries.values()].filter(entry => entry.kind === kind).length;
  }

  /** The whole set, as it is now: what is not in it is not worked any more. */
  update(entries: readonly Entry[], nowMs: number): void {
    const keys = new Set(entries.map(entry => entry.key));
    for (const key of this.#entries.keys()) if (!keys.has(key)) this.#entries.delete(key);
    for (const entry of entries) {
      const known = this.#entries.get(entry.key);
      this.#entries.set(entry.key, { ...entry, dueMs: this.#dueMs(entry, known, nowMs) });
    }
    this.#loaded = true;
  }

  #dueMs(entry: Entry, known: (Entry & { readonly dueMs: number }) | undefined, nowMs: number): number {
    if (!known) return this.#loaded ? nowMs : this.#after(entry, nowMs - HANDED_OVER_MS);
    if (awaitsMore(known, entry)) return nowMs;
    return known.intervalMs === entry.intervalMs
      ? known.dueMs
      : Math.min(known.dueMs, this.#after(entry, nowMs));
  }

  /** The first of its times that comes after `ms`. */
  #after({ key, intervalMs }: Entry, ms: number): number {
    const sinceLast = (ms + this.aheadMs - partitionOfKey(key, intervalMs)) % intervalMs;
    const left = sinceLast < 0 ? -sinceLast : intervalMs - sinceLast;
    return ms + (left < SAME_MS ? left + intervalMs : left);
  }

  /** Somebody asked for it now. Its own times stay as they are. */
  ask(key: string, nowMs: number): void {
    this.#asked.set(key, nowMs);
  }

  /** What is due. The next time is set whatever becomes of it (domain-reference §9.1): a failing queue makes no hot loop. */
  take(nowMs: number): readonly Due[] {
    const due: Due[] = [];
    for (const [key, askedMs] of this.#asked) {
      const entry = this.#entries.get(key);
      if (!entry && nowMs - askedMs < ASKED_KEPT_MS) continue;
      this.#asked.delete(key);
      if (entry) due.push({ ...bare(entry), why: 'asked', lateMs: nowMs - askedMs });
    }
    const taken = new Set(due.map(({ key }) => key));
    for (const entry of this.#entries.values()) {
      if (entry.dueMs > nowMs) continue;
      const lateMs = nowMs - entry.dueMs;
      // In phase, and never several at once after a pause.
      entry.dueMs = this.#after(entry, nowMs);
      if (!taken.has(entry.key)) due.push({ ...bare(entry), why: 'interval', lateMs });
    }
    return due;
  }
}

/** A cluster was declared whose nodes nobody has asked for: nothing is provisioned until its platform has answered. */
function awaitsMore(known: Entry, entry: Entry): boolean {
  const before = new Set(awaitedBy(known));
  return awaitedBy(entry).some(id => !before.has(id));
}

const awaitedBy = ({ payload }: Entry): readonly string[] =>
  'awaited_clusters' in payload ? payload.awaited_clusters : [];

const bare = ({ key, kind, payload, intervalMs }: Entry): Entry => ({ key, kind, payload, intervalMs });
