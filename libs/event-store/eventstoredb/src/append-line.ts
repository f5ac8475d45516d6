import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { CheckedAppend } from '@replicante/event-store';
import { randomUUID } from 'node:crypto';
import { appendAnswer, appendRequest, sizeOnServer, type AppendAnswer } from './append-messages.js';
import { outcomeUnknown, unavailable } from './client-faults.js';
import type { AppendStream } from './connection.js';

interface Waiting {
  readonly append: CheckedAppend;
  readonly bytes: number;
  readonly timer: NodeJS.Timeout;
  readonly settle: (answer: AppendAnswer) => void;
}

/** Appends without an answer, at most: a server that cannot keep up must not eat the memory. */
const IN_FLIGHT = { appends: 10_000, bytes: 64 * 1024 * 1024 };

/**
 * One stream of appends, many on their way at once, each answered alone.
 *
 * Instead of the client's `appendToStream`, which keeps what waits for an answer in one table for all clients and streams
 * of the process: the loss of one stream fails the appends of all of them, and the next answer on another stream, whose
 * entry is gone then, is an uncaught TypeError that ends the process (6.2.1, `batchAppend.js`).
 */
export class AppendLine {
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;
  #ended: unknown;

  constructor(
    private readonly stream: AppendStream,
    private readonly onEnd: () => void,
  ) {
    stream.on('data', (answer: BatchAppendResp) => {
      // One that is not waited for any more had run out of time.
      const id = answer.getCorrelationId()?.getString() ?? '';
      const waiting = this.#waiting.get(id);
      if (waiting !== undefined) this.#settle(id, waiting, appendAnswer(waiting.append, answer));
    });
    stream.on('error', error => this.#end(error));
    stream.on('end', () => this.#end(new Error('the server ended the stream of appends')));
  }

  /** Never rejects: `OUTCOME_UNKNOWN` once it was sent, `UNAVAILABLE` when it was not. */
  send(append: CheckedAppend, timeoutMs: number): Promise<AppendAnswer> {
    const bytes = sizeOnServer(append);
    if (this.#ended !== undefined) return Promise.resolve(unavailable(this.#ended));
    if (this.#waiting.size >= IN_FLIGHT.appends || this.#bytes + bytes > IN_FLIGHT.bytes)
      return Promise.resolve(unavailable(new Error(`${this.#waiting.size} appends wait already`)));
    return new Promise(settle => {
      const id = randomUUID();
      const timer = setTimeout(() => {
        this.#settle(id, waiting, outcomeUnknown(new Error(`no answer within ${timeoutMs} ms`)));
      }, timeoutMs);
      const waiting = { append, bytes, timer, settle };
      this.#waiting.set(id, waiting);
      this.#bytes += bytes;
      this.stream.write(appendRequest(id, append));
    });
  }

  /** What is on its way may still be carried out. */
  close(): void {
    this.#end(new Error('the event store client is closed'));
    this.stream.cancel();
  }

  #settle(id: string, { timer, bytes, settle }: Waiting, answer: AppendAnswer): void {
    if (!this.#waiting.delete(id)) return;
    clearTimeout(timer);
    this.#bytes -= bytes;
    settle(answer);
  }

  #end(cause: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = cause;
    this.onEnd();
    for (const [id, waiting] of this.#waiting) this.#settle(id, waiting, outcomeUnknown(cause));
  }
}
