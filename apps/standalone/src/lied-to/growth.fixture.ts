import { expect } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { Holding, InspectedProcess } from './inspected-process.fixture.js';

export interface Growth {
  look(): Promise<void>;
  /** What was seen, for the figures of a run. */
  text(): string;
  /**
   * Throws when the process is gone, keeps connections or files, or holds more after the last inputs than after half of
   * them by more than `heapBytes`: caches are full by then, and a leak of some hundred bytes per input shows.
   */
  check(most: { readonly heapBytes: number }): Promise<void>;
}

export function growthOf(inspected: InspectedProcess): Growth {
  const seen: Holding[] = [];
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return {
    look: async () => void seen.push(await inspected.holding()),
    text: () =>
      `${inspected.name}: heap ${seen.map(s => megabytes(s.heapBytes)).join(' ')} MB, RSS ${seen.map(s => megabytes(s.rssBytes)).join(' ')} MB, files ${seen.map(s => s.openFiles).join(' ')}`,
    async check({ heapBytes }) {
      expect(inspected.process.isRunning()).toBe(true);
      const half = seen[Math.floor(seen.length / 2) - 1];
      if (half === undefined) throw new Error('look at it more than once');
      await eventually(
        async () => {
          const { heapBytes: now, openFiles } = await inspected.holding();
          expect(now - half.heapBytes).toBeLessThan(heapBytes);
          expect(openFiles).toBeLessThanOrEqual(half.openFiles);
          return true;
        },
        { within: 10_000, every: 200, what: `${inspected.name} at rest` },
      );
    },
  };
}
