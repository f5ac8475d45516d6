/**
 * Kafka's own hash of a message key (Java client's `Utils.murmur2` over the UTF-8 bytes), as a signed 32-bit integer.
 * Written once: bus, queue and outside Kafka clients must put one key on the same partition (servers.md, Kafka).
 */
export function murmur2(key: string): number {
  const data = new TextEncoder().encode(key);
  const m = 0x5bd1e995;
  const at = (index: number): number => data[index] ?? 0;
  let h = 0x9747b28c ^ data.length;
  const whole = data.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = data.length & 3;
  if (rest > 0) {
    if (rest === 3) h ^= at(whole + 2) << 16;
    if (rest >= 2) h ^= at(whole + 1) << 8;
    h = Math.imul(h ^ at(whole), m);
  }
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}

/** The partition of a key, as Java's default partitioner chooses it. */
export function partitionOfKey(key: string, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
