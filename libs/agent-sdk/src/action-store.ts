import type { AgentActionExecution } from '@replicante/agent-protocol';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory, writeFileDurably } from '@replicante/processes';
import type { ActionRecord } from './action-record.js';
import { isFinished, parseActionRecord } from './action-record.js';

const FILE = /^[0-9a-f-]{36}\.json$/;

/**
 * The agent's actions: all in memory, each in a file of its own that is replaced whole and fsynced.
 * What a method answered is on disk. One process at a time may open a directory; the caller sees to that.
 */
export class ActionStore {
  readonly #records = new Map<string, ActionRecord>();
  readonly #byAttempt = new Map<string, string>();
  #sequence = 0;

  private constructor(private readonly directory: string) {}

  /** Makes the directory when it is absent. Throws `STATE_UNREADABLE` naming the file. */
  static async open(directory: string): Promise<ActionStore> {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncDirectory(dirname(made));
    const store = new ActionStore(directory);
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      // A draft that a crash left: it was never renamed, so it was never acknowledged.
      if (name.startsWith('.')) await rm(path, { force: true });
      else if (FILE.test(name)) store.#remember(parseActionRecord(await readFile(path, 'utf8'), path));
    }
    return store;
  }

  get(id: string): AgentActionExecution | undefined {
    return this.#records.get(id)?.action;
  }

  /** The action that an attempt, or an idempotency key, resulted in. */
  ofAttempt(attempt: string): AgentActionExecution | undefined {
    const id = this.#byAttempt.get(attempt);
    return id === undefined ? undefined : this.get(id);
  }

  /** Unfinished, oldest first: the order of execution. */
  queue(): readonly AgentActionExecution[] {
    return this.#ordered(false).map(record => record.action);
  }

  /** Newest first. */
  finished(): readonly AgentActionExecution[] {
    return [...this.#ordered(true)]
      .reverse()
      .map(record => record.action)
      .sort((a, b) => compareTexts(b.finished_time ?? '', a.finished_time ?? ''));
  }

  /** Durable when it returns. The id must be new. */
  async add(action: AgentActionExecution, attempts: readonly string[]): Promise<void> {
    await this.#write({ version: 1, sequence: this.#sequence + 1, attempts, action });
  }

  /** Durable when it returns. */
  async update(action: AgentActionExecution): Promise<void> {
    const record = this.#records.get(action.id);
    if (!record) throw new Error(`no action ${action.id}`);
    await this.#write({ ...record, action });
  }

  /** Changes what is shown, not what is on disk: progress of a long invocation. */
  show(action: AgentActionExecution): void {
    const record = this.#records.get(action.id);
    if (record) this.#remember({ ...record, action });
  }

  /** Forgets what finished before an instant (RFC 3339). */
  async forgetFinishedBefore(instant: string): Promise<number> {
    const old = this.#ordered(true).filter(
      record => compareTexts(record.action.finished_time ?? '', instant) < 0,
    );
    for (const { action, attempts } of old) {
      await rm(this.#path(action.id), { force: true });
      this.#records.delete(action.id);
      for (const attempt of attempts) this.#byAttempt.delete(attempt);
    }
    if (old.length > 0) await syncDirectory(this.directory);
    return old.length;
  }

  #ordered(finished: boolean): readonly ActionRecord[] {
    return [...this.#records.values()]
      .filter(record => isFinished(record) === finished)
      .sort((a, b) => a.sequence - b.sequence);
  }

  async #write(record: ActionRecord): Promise<void> {
    await writeFileDurably(this.#path(record.action.id), JSON.stringify(record));
    this.#remember(record);
  }

  #remember(record: ActionRecord): void {
    this.#records.set(record.action.id, record);
    this.#sequence = Math.max(this.#sequence, record.sequence);
    for (const attempt of record.attempts) this.#byAttempt.set(attempt, record.action.id);
  }

  #path(id: string): string {
    return join(this.directory, `${id}.json`);
  }
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
