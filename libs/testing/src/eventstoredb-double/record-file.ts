import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Data and metadata in base64: they are bytes to the server. */
export interface WrittenEvent {
  readonly id: string;
  readonly type: string;
  readonly json: boolean;
  readonly data: string;
  readonly metadata: string;
  readonly created: number;
}

/** One line of the file, and so written whole or not at all. */
export type LogRecord =
  | { readonly kind: 'append'; readonly stream: string; readonly events: readonly WrittenEvent[] }
  /** Deleted so that it may come again, or for ever. */
  | { readonly kind: 'delete' | 'tombstone'; readonly stream: string };

/** An append-only file, synced before anything in it is acknowledged. */
export class RecordFile {
  readonly #fd: number;
  #end = 0;

  private constructor(path: string) {
    this.#fd = openSync(path, 'a+');
  }

  /** Gives every whole record with its place; a torn one at the end, which nobody was promised, is cut off. */
  static open(directory: string, take: (record: LogRecord, place: number) => void): RecordFile {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'records.jsonl');
    const file = new RecordFile(path);
    const bytes = readFileSync(path);
    for (;;) {
      const end = bytes.indexOf('\n', file.#end);
      if (end < 0) break;
      take(JSON.parse(bytes.toString('utf8', file.#end, end)) as LogRecord, file.#end);
      file.#end = end + 1;
    }
    if (file.#end < bytes.length) ftruncateSync(file.#fd, file.#end);
    return file;
  }

  /** Where the next record will lie. */
  get end(): number {
    return this.#end;
  }

  /** Not on disk before `sync`. */
  write(record: LogRecord): void {
    const line = Buffer.from(`${JSON.stringify(record)}\n`, 'utf8');
    for (let written = 0; written < line.length;) written += writeSync(this.#fd, line, written);
    this.#end += line.length;
  }

  sync(): void {
    fdatasyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
