import { describe, expect, it } from '@jest/globals';
import { murmur2, partitionOf } from './index.js';

describe('partition of a key', () => {
  // The vectors of Kafka's own UtilsTest.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does', (key, hash) => {
    expect(murmur2(key)).toBe(hash);
  });

  it('is stable, within range, and used wholly', () => {
    const partitions = Array.from({ length: 1_000 }, (_, i) => partitionOf(`ns:${i}`, 7));
    expect(new Set(partitions)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(partitionOf('ns:é世🚀', 1)).toBe(0);
    expect(partitionOf('', 4)).toBe(partitionOf('', 4));
  });
});
