import {
  BACKWARDS,
  END,
  FORWARDS,
  START,
  type AllStreamRecordedEvent,
  type RecordedEvent,
  type StreamingRead,
} from '@eventstore/db-client';
import { setTimeout as delay } from 'node:timers/promises';
import { isStreamNotFound, readFault } from './client-faults.js';
import { collected } from './collected-read.js';
import type { Connection } from './connection.js';
import { liesBehind, type LogPosition } from './log-position.js';
import { isSystem } from './stored-event.js';

export interface StreamPage {
  readonly direction: 'forwards' | 'backwards';
  /** Absent: from the stream's beginning or end. */
  readonly from: number | undefined;
  readonly limit: number;
}

/** A read that met a connection being lost is made once more: the client has another one by then. */
const AGAIN_AFTER_MS = 50;
/** Pages in which the newest event of ours is looked for behind events of the server. */
const TAIL_PAGES = [1, 32, 256];

/** Reads of the server as it gives them, each with a deadline, each from the leader: so they see every answered append. */
export class LogReader {
  /** How far behind the end the newest event of ours lay: a server that writes an event after each of ours does so again. */
  #tailPage = 0;

  constructor(
    private readonly connection: Connection,
    private readonly timeoutMs: number,
  ) {}

  /** An absent stream is empty. */
  async stream(streamId: string, page: StreamPage): Promise<readonly RecordedEvent[]> {
    const start = page.direction === 'forwards' ? START : END;
    try {
      const read = await this.#read(client =>
        client.readStream(streamId, {
          direction: page.direction,
          fromRevision: page.from === undefined ? start : BigInt(page.from),
          maxCount: page.limit,
          requiresLeader: true,
        }),
      );
      return read.flatMap(({ event }) => event ?? []);
    } catch (error) {
      if (isStreamNotFound(error)) return [];
      throw readFault(error);
    }
  }

  /** Events of the whole log behind a place, in order, the server's own included. Short only at the end of the log. */
  async log(after: LogPosition | undefined, limit: number): Promise<LogPage> {
    // The server's reads include the place that they begin at.
    const read = await this.#all(FORWARDS, after ?? START, limit + 1);
    const events = read.filter(event => liesBehind(event.position, after));
    return { events, atEnd: read.length < limit + 1 };
  }

  /** The event that lies exactly there. */
  async at(place: LogPosition): Promise<AllStreamRecordedEvent | undefined> {
    const [event] = await this.#all(FORWARDS, place, 1);
    return event?.position.commit === place.commit ? event : undefined;
  }

  /** Newest event of the log that is not the server's own. */
  async newest(): Promise<AllStreamRecordedEvent | undefined> {
    let before: LogPosition | undefined;
    for (let page = this.#tailPage; ; page = Math.min(page + 1, TAIL_PAGES.length - 1)) {
      const size = TAIL_PAGES[page] ?? 1;
      const read = await this.#all(BACKWARDS, before ?? END, size);
      const found = read.findIndex(event => !isSystem(event));
      if (found >= 0) {
        this.#tailPage = found === 0 ? 0 : page;
        return read[found];
      }
      if (read.length < size) return undefined;
      // Backwards the place itself is not included.
      before = read.at(-1)?.position;
    }
  }

  async #all(
    direction: typeof FORWARDS | typeof BACKWARDS,
    fromPosition: LogPosition | typeof START | typeof END,
    maxCount: number,
  ): Promise<readonly AllStreamRecordedEvent[]> {
    try {
      const read = await this.#read(client =>
        client.readAll({ direction, fromPosition, maxCount, requiresLeader: true }),
      );
      return read.flatMap(({ event }) => event ?? []);
    } catch (error) {
      throw readFault(error);
    }
  }

  async #read<E>(open: (client: Connection['client']) => StreamingRead<E>): Promise<E[]> {
    try {
      return await this.#once(open);
    } catch (error) {
      const fault = readFault(error);
      if (isStreamNotFound(error) || fault.code !== 'UNAVAILABLE' || fault === error) throw error;
      await delay(AGAIN_AFTER_MS);
      return await this.#once(open);
    }
  }

  #once<E>(open: (client: Connection['client']) => StreamingRead<E>): Promise<E[]> {
    return collected(() => open(this.connection.client), this.timeoutMs);
  }
}

export interface LogPage {
  readonly events: readonly AllStreamRecordedEvent[];
  readonly atEnd: boolean;
}
