import { describe, expect, it } from '@jest/globals';
import type { CycleSample } from '@replicante/domain';
import type { BusRecord } from '@replicante/event-bus';
import { PublishSamples } from './publish-samples.js';

const sample = (cluster_id: string): CycleSample => ({
  ns_id: 'default',
  cluster_id,
  cycle_id: 'c',
  mode: 'sync',
  began_at: '2026-01-01T00:00:00.000Z',
  completed_at: '2026-01-01T00:00:01.000Z',
  interval_seconds: 1,
  revision: 1,
  spec_revision: 0,
  converged: true,
  waits_for: [],
  observer: 'w',
  lease: null,
  nodes: [],
});

/** A bus whose publishes end when they are told to. */
function slowBus() {
  const publishes: { readonly keys: readonly string[]; readonly end: (error?: Error) => void }[] = [];
  const publish = (records: readonly BusRecord[]): Promise<void> =>
    new Promise((resolve, reject) =>
      publishes.push({
        keys: records.map(({ key }) => key),
        end: error => (error ? reject(error) : resolve()),
      }),
    );
  return { publishes, publish };
}

describe('samples of cycles', () => {
  it('travel together when they complete while one is on its way', async () => {
    const bus = slowBus();
    const counted: unknown[] = [];
    const samples = new PublishSamples({
      bus,
      count: (result, n) => counted.push([result, n]),
      onFailure: error => counted.push(error),
    });
    const all = ['a', 'b', 'c'].map(id => samples.publish(sample(id)));
    expect(bus.publishes.map(({ keys }) => keys)).toEqual([['default:a']]);
    bus.publishes[0]?.end();
    await all[0];
    expect(bus.publishes.map(({ keys }) => keys)).toEqual([['default:a'], ['default:b', 'default:c']]);
    bus.publishes[1]?.end();
    await Promise.all(all);
    expect(counted).toEqual([
      ['published', 1],
      ['published', 2],
    ]);
  });

  it('that could not be published are counted and gone, and hold up nothing', async () => {
    const bus = slowBus();
    const counted: unknown[] = [];
    const samples = new PublishSamples({
      bus,
      count: (result, n) => counted.push([result, n]),
      onFailure: (_, { length }) => counted.push(`${length} gone`),
    });
    const first = samples.publish(sample('a'));
    bus.publishes[0]?.end(new Error('the bus is away'));
    await first;
    const second = samples.publish(sample('a'));
    bus.publishes[1]?.end();
    await second;
    expect(counted).toEqual([['failed', 1], '1 gone', ['published', 1]]);
  });
});
