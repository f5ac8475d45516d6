import { type FileHandle, open, readFile } from 'node:fs/promises';
import { type PlatformFence, compareFences } from '@replicante/platform-protocol';
import { systemCode, writeFileDurably } from '@replicante/processes';
import { type JournalEntry, readEntry } from './journal-entry.js';

/** What became of an attempt: the answer that a repeat gets. */
export interface RecordedResult {
  readonly status: number;
  readonly body: unknown;
}

export interface KnownAttempt {
  readonly digest: string;
  /** Undefined: begun, and no result recorded. */
  readonly result: RecordedResult | undefined;
}

export interface AttemptIds {
  readonly attemptId: string | null;
  readonly idempotencyKey: string | null;
}

/** How long a finished attempt is known; far above any time in which Core could ask again. */
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * The highest fence per cluster and what became of each attempt, on disk before the effect (safety.md §2).
 * One writer: the owner of the data directory.
 */
export class AttemptJournal {
  readonly #fences = new Map<string, PlatformFence>();
  readonly #attempts = new Map<string, KnownAttempt>();
  #writes: Promise<void> = Promise.resolve();

  private constructor(private readonly file: FileHandle) {}

  /** Reads the journal, drops what is old, and opens it for appending. */
  static async open(path: string, now = Date.now()): Promise<AttemptJournal> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return '';
      throw error;
    });
    // A last line without its end was being written when the process died: nothing was done on it yet.
    const lines = text.split('\n').slice(0, -1);
    const entries = lines.map(readEntry).filter(entry => entry.kind === 'fence' || entry.at > now - KEPT_MS);
    const kept = newestFences(entries);
    await writeFileDurably(path, kept.map(entry => `${JSON.stringify(entry)}\n`).join(''));
    const journal = new AttemptJournal(await open(path, 'a'));
    for (const entry of kept) journal.#apply(entry);
    return journal;
  }

  highestFence(clusterId: string): PlatformFence | undefined {
    return this.#fences.get(clusterId);
  }

  /** By idempotency key first: a new attempt may carry the key of an older one. */
  find(ids: AttemptIds): KnownAttempt | undefined {
    return namesOf(ids)
      .map(name => this.#attempts.get(name))
      .find(known => known !== undefined);
  }

  /** Before the effect: from now on no lower fence is accepted. */
  async raiseFence(clusterId: string, fence: PlatformFence): Promise<void> {
    const highest = this.#fences.get(clusterId);
    if (highest && compareFences(fence, highest) <= 0) return;
    await this.#write({ kind: 'fence', clusterId, epoch: fence.epoch, token: fence.token });
  }

  /** Before the effect. */
  async begin(ids: AttemptIds, digest: string): Promise<void> {
    const names = namesOf(ids);
    if (names.length > 0) await this.#write({ kind: 'begun', names, digest, at: Date.now() });
  }

  /** After the effect, before its answer is sent. */
  async end(ids: AttemptIds, digest: string, result: RecordedResult): Promise<void> {
    const names = namesOf(ids);
    if (names.length > 0) await this.#write({ kind: 'ended', names, digest, at: Date.now(), ...result });
  }

  async close(): Promise<void> {
    await this.#writes;
    await this.file.close();
  }

  /** One after the other: two appends at once could mix their bytes. */
  #write(entry: JournalEntry): Promise<void> {
    const written = this.#writes.then(async () => {
      await this.file.appendFile(`${JSON.stringify(entry)}\n`);
      await this.file.datasync();
      this.#apply(entry);
    });
    this.#writes = written.catch(() => undefined); // the caller hears of it through `written`
    return written;
  }

  #apply(entry: JournalEntry): void {
    if (entry.kind === 'fence') {
      this.#fences.set(entry.clusterId, { epoch: entry.epoch, token: entry.token });
      return;
    }
    const result = entry.kind === 'ended' ? { status: entry.status, body: entry.body } : undefined;
    for (const name of entry.names) this.#attempts.set(name, { digest: entry.digest, result });
  }
}

function namesOf({ attemptId, idempotencyKey }: AttemptIds): readonly string[] {
  return [
    ...(idempotencyKey === null ? [] : [`key:${idempotencyKey}`]),
    ...(attemptId === null ? [] : [`attempt:${attemptId}`]),
  ];
}

/** Fences stay for ever, one per cluster; they only grow, so the last one is the highest. */
function newestFences(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const last = new Map(
    entries.flatMap(entry => (entry.kind === 'fence' ? [[entry.clusterId, entry] as const] : [])),
  );
  return [...last.values(), ...entries.filter(entry => entry.kind !== 'fence')];
}
