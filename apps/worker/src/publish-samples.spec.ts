import { describe, expect, it } from '@jest/globals';
import type { CycleSample } from '@replicante/domain';
import type { BusRecord } from '@replicante/event-bus';
import { eventually } from '@replicante/testing';
import { pause } from '@replicante/service';
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
  it('travel together when they complete while one is on its way, the newest of each cluster', async () => {
    const bus = slowBus();
    const counted: unknown[] = [];
    const samples = new PublishSamples({
      bus,
      count: (result, n) => counted.push([result, n]),
      onFailure: error => counted.push(error),
      wait: pause,
    });
    for (const id of ['a', 'b', 'c', 'b']) samples.publish(sample(id));
    expect(bus.publishes.map(({ keys }) => keys)).toEqual([['default:a']]);
    bus.publishes[0]?.end();
    await eventually(() => bus.publishes.length === 2, { within: 1_000 });
    expect(bus.publishes[1]?.keys).toEqual(['default:b', 'default:c']);
    bus.publishes[1]?.end();
    await samples.flush();
    expect(counted).toEqual([
      ['published', 1],
      ['published', 2],
    ]);
  });

  it('that complete right after a publish wait for more, and for nothing once they are to be flushed', async () => {
    const bus = slowBus();
    const waits: { readonly end: () => void }[] = [];
    const samples = new PublishSamples({
      bus,
      count: () => undefined,
      onFailure: () => undefined,
      wait: (_, signal) =>
        new Promise(end => {
          waits.push({ end });
          signal.addEventListener('abort', () => end());
        }),
    });
    samples.publish(sample('a'));
    bus.publishes[0]?.end();
    await eventually(() => waits.length === 1, { within: 1_000 });
    samples.publish(sample('b'));
    samples.publish(sample('c'));
    expect(bus.publishes).toHaveLength(1);
    waits[0]?.end();
    await eventually(() => bus.publishes.length === 2, { within: 1_000 });
    expect(bus.publishes[1]?.keys).toEqual(['default:b', 'default:c']);
    samples.publish(sample('d'));
    bus.publishes[1]?.end();
    await eventually(() => waits.length === 2, { within: 1_000 });
    const flushed = samples.flush();
    await eventually(() => bus.publishes.length === 3, { within: 1_000 });
    bus.publishes[2]?.end();
    await eventually(() => waits.length === 3, { within: 1_000 });
    waits[2]?.end();
    await flushed;
  });

  it('that could not be published are counted and gone, and hold up nothing', async () => {
    const bus = slowBus();
    const counted: unknown[] = [];
    const samples = new PublishSamples({
      bus,
      count: (result, n) => counted.push([result, n]),
      onFailure: (_, { length }) => counted.push(`${length} gone`),
      wait: pause,
    });
    samples.publish(sample('a'));
    bus.publishes[0]?.end(new Error('the bus is away'));
    await samples.flush();
    samples.publish(sample('a'));
    bus.publishes[1]?.end();
    await samples.flush();
    expect(counted).toEqual([['failed', 1], '1 gone', ['published', 1]]);
  });
});
