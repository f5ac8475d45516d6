/** One record for one partition: who sends chooses it (`partitionOf`), so that a topic that grew cannot move a key. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A batch of one partition must stay below the brokers' 1,048,588 bytes. */
const PARTITION_BYTES = 1_000_000;
/** More in one request only makes the ones behind it wait. */
const BATCH_RECORDS = 5_000;
const BATCH_BYTES = 8_000_000;

/** What one `send` waits for. */
export interface Sending {
  readonly deadline: number;
  resolve(): void;
  /** Without an error: too late to be sent at all. */
  reject(error?: Error): void;
  failed: boolean;
}

export interface Chunk {
  readonly sending: Sending;
  readonly records: OutgoingRecord[];
  /** The sending is acknowledged with it. */
  last: boolean;
}

/** How much room a request has left, by partition and in all. */
class Room {
  readonly #bytes = new Map<string, number>();
  #records = 0;
  #total = 0;

  /** Takes them all or nothing. Something that is larger than any room still travels alone. */
  take(records: readonly OutgoingRecord[]): boolean {
    const asked = new Map<string, number>();
    let total = this.#total;
    for (const record of records) {
      const place = `${record.topic}/${record.partition}`;
      const size = sizeOf(record);
      asked.set(place, (asked.get(place) ?? this.#bytes.get(place) ?? 0) + size);
      total += size;
    }
    const fits =
      this.#records + records.length <= BATCH_RECORDS &&
      total <= BATCH_BYTES &&
      [...asked.values()].every(bytes => bytes <= PARTITION_BYTES);
    if (!fits && this.#records > 0) return false;
    for (const [place, bytes] of asked) this.#bytes.set(place, bytes);
    this.#records += records.length;
    this.#total = total;
    return true;
  }
}

/** At least what the record takes on the wire: UTF-8 has at most 3 bytes for a UTF-16 unit. */
function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let size = 40 + key.length * 3 + (value === null ? 0 : Buffer.byteLength(value));
  for (const name in headers) size += 20 + (name.length + (headers[name]?.length ?? 0)) * 3;
  return size;
}

/** What waits to be sent, in the order in which it came, cut and joined into what one request can carry. */
export class SendQueue {
  #chunks: Chunk[] = [];

  add(sending: Sending, records: readonly OutgoingRecord[]): void {
    let room = new Room();
    let chunk: Chunk = { sending, records: [], last: false };
    for (const record of records) {
      if (!room.take([record])) {
        this.#chunks.push(chunk);
        room = new Room();
        room.take([record]);
        chunk = { sending, records: [], last: false };
      }
      chunk.records.push(record);
    }
    chunk.last = true;
    this.#chunks.push(chunk);
  }

  /** The next request's chunks; empty when nothing waits. What failed or is too late is left out. */
  take(now: number): readonly Chunk[] {
    const room = new Room();
    const taken: Chunk[] = [];
    let index = 0;
    for (; index < this.#chunks.length; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      if (now > chunk.sending.deadline) chunk.sending.reject();
      if (chunk.sending.failed) continue;
      if (!room.take(chunk.records)) break;
      taken.push(chunk);
    }
    this.#chunks = this.#chunks.slice(index);
    return taken;
  }
}
