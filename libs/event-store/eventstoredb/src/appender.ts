import type { AppendResult, CheckedAppend } from '@replicante/event-store';
import { EventStoreError } from '@replicante/event-store';
import { setTimeout as delay } from 'node:timers/promises';
import { AppendLine } from './append-line.js';
import { unavailable } from './client-faults.js';
import type { Connection } from './connection.js';

/** So soon after a loss the client still closes its old channel: a second try is on the new one. */
const AGAIN_AFTER_MS = 50;

/** Appends on one line, which is opened again when it was lost. It repeats nothing: whoever asked must settle it. */
export class Appender {
  #line: Promise<AppendLine> | undefined;
  #closed = false;

  constructor(
    private readonly connection: Connection,
    private readonly timeoutMs: number,
  ) {}

  async append(append: CheckedAppend): Promise<AppendResult> {
    if (this.#closed) throw new EventStoreError('UNAVAILABLE', 'the event store client is closed');
    const line = await (this.#line ??= this.#open());
    const answer = await line.send(append, this.timeoutMs);
    if (answer instanceof EventStoreError) throw answer;
    return answer;
  }

  /** Waits for nobody: what has no answer yet is `OUTCOME_UNKNOWN`. */
  async close(): Promise<void> {
    this.#closed = true;
    const [line] = await Promise.allSettled([this.#line]);
    if (line.status === 'fulfilled') line.value?.close();
  }

  /** Shared by all that ask meanwhile. Rejects with `UNAVAILABLE`: nothing was sent. */
  async #open(): Promise<AppendLine> {
    const begun = performance.now();
    try {
      return await this.#tryOpen().catch(async (error: unknown) => {
        // A server that does not answer is not asked twice.
        if (performance.now() - begun > this.timeoutMs / 2) throw error;
        await delay(AGAIN_AFTER_MS);
        return this.#tryOpen();
      });
    } catch (error) {
      this.#line = undefined;
      throw unavailable(error);
    }
  }

  async #tryOpen(): Promise<AppendLine> {
    await this.connection.probe(this.timeoutMs);
    return new AppendLine(await this.connection.openAppendStream(), () => {
      this.#line = undefined;
    });
  }
}
