import { describe, expect, it } from '@jest/globals';
import { murmur2, partitionOfKey } from './murmur2.js';

describe('murmur2', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client of Kafka does', (key, hash) => {
    expect(murmur2(key)).toBe(hash);
  });

  it('puts a key on one partition, always within the range', () => {
    for (let i = 0; i < 1000; i++) {
      const partition = partitionOfKey(`ns:cluster-${i}`, 16);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(16);
      expect(partitionOfKey(`ns:cluster-${i}`, 16)).toBe(partition);
    }
  });
});
