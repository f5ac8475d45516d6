const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Kafka's murmur2 (32 bit, signed), as in `org.apache.kafka.common.utils.Utils`. */
export function murmur2(data: Uint8Array): number {
  const word = (at: number) =>
    (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16) | ((data[at + 3] ?? 0) << 24);
  let hash = SEED ^ data.length;
  const whole = data.length - (data.length % 4);
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(word(at), M);
    k ^= k >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  if (data.length > whole) hash = Math.imul(hash ^ word(whole), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key, as Kafka's DefaultPartitioner chooses it: a key maps alike on every adapter. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(new TextEncoder().encode(key)) & 0x7fffffff) % partitions;
