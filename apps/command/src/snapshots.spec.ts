import { describe, expect, it } from '@jest/globals';
import type { FoldView } from '@replicante/command-handling';
import { Snapshots, StreamFolds } from '@replicante/command-handling';
import type { ClusterEvent, ClusterState } from '@replicante/domain';
import { clusterDecider, EVOLVE_VERSION } from '@replicante/domain';
import type { EventStore, StoredEvent } from '@replicante/event-store';
import type { SnapshotStore } from '@replicante/snapshot-store';
import { memorySnapshotStore } from '@replicante/snapshot-store-memory';
import fc from 'fast-check';
import { BusyCluster } from './busy-cluster.fixture.js';
import { knownTypes } from './event-types.js';

type Read = Pick<EventStore, 'readStream' | 'storeIdentity'>;

/** The store as it was when the stream had no more than these. */
const upTo = (events: readonly StoredEvent[], count: number): Read['readStream'] =>
  async function* (_streamId, { from = 0 } = {}) {
    yield* events.slice(from, count);
  };

interface Folded {
  readonly view: FoldView<ClusterState>;
  /** What is remembered of each command of the history. */
  readonly commands: readonly unknown[];
  readonly read: number;
}

describe('the fold of a busy cluster’s history', () => {
  it('is the same from zero and from a snapshot at any revision and its tail', async () => {
    let used = 0;
    let longest = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 100_000 }), { minLength: 200, maxLength: 260 }),
        fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { minLength: 6, maxLength: 8 }),
        async (steps, cuts) => {
          const busy = await BusyCluster.of(steps);
          const events: StoredEvent[] = [];
          for await (const event of busy.store.readStream(busy.stream)) events.push(event);
          longest = Math.max(longest, events.length);

          /** As a process of its own would, with what another left in `snapshots`. */
          const fold = async (count: number, snapshots?: SnapshotStore): Promise<Folded> => {
            let read = 0;
            const store: Read = {
              readStream: upTo(events, count),
              storeIdentity: () => busy.store.storeIdentity(),
            };
            const kept =
              snapshots &&
              new Snapshots({ snapshots, store, evolveVersion: EVOLVE_VERSION, tools: busy.tools });
            const folds = new StreamFolds<ClusterState, ClusterEvent>({
              store,
              folding: { ...clusterDecider, knows: knownTypes('cluster') },
              observer: {
                eventsRead: n => void (read += n),
                snapshot: outcome => void (used += +(outcome === 'used')),
              },
              ...(kept && { snapshots: kept }),
            });
            const ahead = await folds.ahead(busy.stream);
            const view = await folds.read(busy.stream);
            const commands = busy.commandIds.map(id => ahead.view(id).command);
            await kept?.stop(60_000);
            return { view, commands, read };
          };

          const { view, commands } = await fold(events.length);
          for (const cut of cuts) {
            const snapshots = memorySnapshotStore();
            const at = Math.ceil(cut * events.length);
            await fold(at, snapshots);
            const again = await fold(events.length, snapshots);
            expect(again.view).toEqual(view);
            // In the same order too: rules walk these maps.
            expect(textOf(again.view.state)).toBe(textOf(view.state));
            expect(again.commands).toEqual(commands);
          }
        },
      ),
      { numRuns: 6 },
    );
    // The history is long enough for snapshots to be asked for at all.
    expect(longest).toBeGreaterThan(300);
    expect(used).toBeGreaterThan(20);
  });
});

const textOf = (state: ClusterState): string =>
  JSON.stringify(state, (_key, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : value,
  );
