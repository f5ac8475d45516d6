import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { v7 } from 'uuid';
import { openPorts } from './bind-ports.js';
import { readConfiguration } from './configuration.js';

const memory = { EVENT_STORE: 'memory', EVENT_BUS: 'memory', TASK_QUEUE: 'memory', COORDINATOR: 'memory' };

describe('the task queue of a suite with short leases', () => {
  // Chaos seed 1: with LEASE_TTL_MS=2000 nobody cycled a cluster for 30 s after its worker was killed.
  it('gives the task of a silent worker to another after three lives of a lease, not after a fixed 30 s', async () => {
    const environment = { ...memory, LEASE_TTL_MS: '500' };
    const ports = await openPorts(readConfiguration({ environment }, 'standalone'));
    const attempts: number[] = [];
    const consumer = await ports.taskQueue.consume({
      consumerName: 'silent at first',
      handler: async ({ attempt }, { signal }) => {
        attempts.push(attempt);
        if (attempt === 1) await new Promise(silent => signal.addEventListener('abort', silent));
        return { outcome: 'executed' };
      },
    });
    try {
      const task = { id: v7(), kind: 'OrchestrateCluster', key: 'default:pg', payload: {} };
      await ports.taskQueue.enqueue([task]);
      await eventually(() => attempts.length === 2, { within: 10_000 });
      expect(attempts).toEqual([1, 2]);
    } finally {
      await consumer.stop();
      await ports.close();
    }
  });
});
