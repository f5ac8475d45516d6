import { describe, expect, it } from '@jest/globals';
import { SimulatedCluster, specOf } from './simulated-cluster.fixture.js';

/** A node with an action that reports more bytes at each poll. */
function copying(): { cluster: SimulatedCluster; progress: (bytes: number) => void; finish: () => void } {
  const cluster = new SimulatedCluster();
  cluster.apply(specOf(1, s => ({ ...s, interval: 1 })));
  cluster.run();
  const node = cluster.nodes.get('pg-1');
  if (!node) throw new Error('no node');
  const id = '5f0c9a5e-0000-4000-8000-000000000001';
  const put = (phase: 'RUNNING' | 'DONE', bytes: number): void => {
    node.actions.set(id, {
      args: null,
      created_time: '2026-01-01T00:00:00.000Z',
      finished_time: phase === 'DONE' ? new Date(cluster.nowMs).toISOString() : null,
      id,
      kind: 'example.com/copy',
      metadata: {},
      scheduled_time: '2026-01-01T00:00:00.000Z',
      state: { phase, error: null, payload: { bytes } },
    });
  };
  put('RUNNING', 0);
  return { cluster, progress: bytes => put('RUNNING', bytes), finish: () => put('DONE', 1_000) };
}

const synced = (cluster: SimulatedCluster): number =>
  cluster.types().filter(type => type === 'NodeActionSynced').length;

describe('when a running action reports progress at each poll', () => {
  it('records it now and then, never per poll, and its end at once with the last word', () => {
    const { cluster, progress, finish } = copying();
    cluster.cycle();
    const before = synced(cluster);
    for (let i = 1; i <= 60; i += 1) {
      progress(i);
      cluster.nowMs -= 9_000; // the fixture's cycles are 10 s apart: these are 1 s
      cluster.cycle();
    }
    expect(synced(cluster) - before).toBe(2);
    finish();
    cluster.cycle();
    const last = cluster.log.findLast(e => e.event.type === 'cluster.NodeActionSynced.v1');
    expect(last?.event.data).toMatchObject({
      action: { state: { phase: 'DONE', payload: { bytes: 1_000 } } },
    });
  });
});
