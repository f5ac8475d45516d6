import { parsedJson } from '@replicante/kernel';

/** One line of the attempt journal. */
export type JournalEntry =
  | { readonly kind: 'fence'; readonly clusterId: string; readonly epoch: number; readonly token: number }
  | {
      readonly kind: 'begun';
      readonly names: readonly string[];
      readonly digest: string;
      readonly at: number;
    }
  | {
      readonly kind: 'ended';
      readonly names: readonly string[];
      readonly digest: string;
      readonly at: number;
      readonly status: number;
      readonly body: unknown;
    };

/** Parses a line; a line that is not ours stops the start, since guessing would forget an effect. */
export function readEntry(line: string): JournalEntry {
  const entry = parsedJson(line);
  if (!isEntry(entry))
    throw new Error(`the attempt journal holds a line that is none of ours: ${line.slice(0, 100)}`);
  return entry;
}

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Readonly<Record<string, unknown>>;
  if (entry['kind'] === 'fence') {
    return typeof entry['clusterId'] === 'string' && isInteger(entry['epoch']) && isInteger(entry['token']);
  }
  const known =
    Array.isArray(entry['names']) && typeof entry['digest'] === 'string' && isInteger(entry['at']);
  return known && (entry['kind'] === 'begun' || (entry['kind'] === 'ended' && isInteger(entry['status'])));
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
