import type { KvRow } from './consul-calls.js';

/** What the fence key holds. */
export interface FenceValue {
  /** Made with the data, once: another one, or none, is another Consul or one that lost its data. */
  readonly identity: string;
  readonly epoch: number;
}

/** What a lease's key holds. Kept over release and expiry: it is evidence of the highest epoch. */
export interface LeaseValue {
  readonly epoch: number;
  /** The holder's name, for people. */
  readonly name: string;
}

export interface MemberValue {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Anyone may write anything into a key-value store: `undefined` for what none of ours can have written. */
function fields(row: KvRow): Fields | undefined {
  try {
    const value: unknown = JSON.parse(row.value);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined; // not JSON: the caller reports it as a foreign write
  }
}

const isEpoch = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;

export function fenceValue(row: KvRow | undefined): FenceValue | undefined {
  const { identity, epoch } = (row && fields(row)) ?? {};
  return typeof identity === 'string' && identity !== '' && isEpoch(epoch) ? { identity, epoch } : undefined;
}

/**
 * A lock counts `LockIndex` up; a plain write by anyone sets it to 0, also while the key is held, and then what stands
 * there is not what the holder wrote, however it looks.
 */
export function leaseValue(row: KvRow): LeaseValue | undefined {
  const { epoch, name } = fields(row) ?? {};
  const written = row.lockIndex > 0 || row.session === undefined;
  return written && isEpoch(epoch) && typeof name === 'string' ? { epoch, name } : undefined;
}

export function memberValue(row: KvRow): MemberValue | undefined {
  const { name, attributes } = fields(row) ?? {};
  if (typeof name !== 'string' || typeof attributes !== 'object' || attributes === null) return undefined;
  const texts = Object.entries(attributes).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { name, attributes: Object.fromEntries(texts) };
}
