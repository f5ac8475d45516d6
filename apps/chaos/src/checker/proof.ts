import type { Evidence } from '../evidence/evidence.js';

export type ProofNumber = '1' | '2' | '3' | '4a' | '4b' | '4c' | '5a' | '5b' | '5c' | '6' | '7';

/** One of safety.md §14's proofs: sentences about what breaks it, none when it holds. */
export interface Proof {
  /** Number in safety.md §14. */
  readonly number: ProofNumber;
  readonly title: string;
  /** Why this run cannot prove it; undefined when it can. Said aloud: a proof is never silently absent. */
  readonly unprovable?: (evidence: Evidence) => string | undefined;
  readonly violations: (evidence: Evidence) => readonly string[];
}

export const groupBy = <T, K>(items: readonly T[], key: (item: T) => K): ReadonlyMap<K, readonly T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
};

export const text = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** `<epoch>.<token>` as one number that compares. */
export function fenceOrder(fence: string): bigint {
  const [epoch = '0', token = '0'] = fence.split('.');
  return BigInt(epoch) * 10n ** 20n + BigInt(token);
}
