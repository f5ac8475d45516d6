import { RECORD_VERSION } from './queue-record.js';

/** A state at offset `at` (all before it is in it), cut to pieces that a broker takes. */
export interface SnapshotChunk {
  readonly id: string;
  readonly at: number;
  readonly index: number;
  readonly count: number;
  readonly text: string;
}

/** Characters; escaped once more and in UTF-8 that stays below 1 MB. */
const CHUNK = 150_000;

export function writtenSnapshot(id: string, at: number, state: unknown): readonly string[] {
  const text = JSON.stringify(state);
  const count = Math.ceil(text.length / CHUNK);
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      v: RECORD_VERSION,
      type: 'snapshot',
      id,
      at,
      index,
      count,
      text: text.slice(index * CHUNK, (index + 1) * CHUNK),
    }),
  );
}

export function asSnapshotChunk(value: unknown): SnapshotChunk | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'snapshot')
    return undefined;
  const { v, id, at, index, count, text } = value as Readonly<Record<string, unknown>>;
  if (v !== RECORD_VERSION || typeof id !== 'string' || typeof text !== 'string') return undefined;
  if (typeof at !== 'number' || typeof index !== 'number' || typeof count !== 'number') return undefined;
  return { id, at, index, count, text };
}

/** Puts chunks together, also those of two writers that came mixed. */
export class SnapshotAssembler {
  readonly #pieces = new Map<string, string[]>();

  add(chunk: SnapshotChunk): { readonly at: number; readonly state: unknown } | undefined {
    const pieces = this.#pieces.get(chunk.id) ?? [];
    this.#pieces.set(chunk.id, pieces);
    // One that was sent twice is the same.
    pieces[chunk.index] = chunk.text;
    const have = Object.keys(pieces).length;
    return have < chunk.count ? undefined : { at: chunk.at, state: JSON.parse(pieces.join('')) as unknown };
  }

  clear(): void {
    this.#pieces.clear();
  }
}
