import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentConnections } from '@replicante/agent-protocol';
import type { AttemptOutcome, CycleObservation, CycleSample, Instruction } from '@replicante/domain';
import { PlatformConnections } from '@replicante/platform-protocol';
import type { ServiceSession } from '@replicante/service';
import { memoryTaskQueue } from '@replicante/task-queue-memory';
import { eventually } from '@replicante/testing';
import { v7 } from 'uuid';
import { Act } from './acting/act.js';
import { OutcomeOutbox } from './acting/outcome-outbox.js';
import { PlatformCalls } from './acting/platform-calls.js';
import type { Control } from './control-client.js';
import { AgentLanes } from './cycles/agent-lanes.js';
import { ObserveCluster } from './cycles/observe-cluster.js';
import { OrchestrateCluster } from './cycles/orchestrate-cluster.js';
import { handleTask } from './handle-task.js';
import { PartitionLeases } from './leases/partition-leases.js';
import { workerSession } from './leases/worker-session.fixture.js';
import type { HttpPeer } from './lying-agent.fixture.js';
import { httpPeer } from './lying-agent.fixture.js';

const SLOTS = 4;
const CALLS_PER_PLATFORM = 2;
const INTERVAL_MS = 10_000;
const HUNG = Array.from({ length: SLOTS + 4 }, (_, n) => `hung-${n}`);
const WELL = ['well-0', 'well-1'];

let session: ServiceSession;
let agents: AgentConnections;
let platforms: PlatformConnections;
let platform: HttpPeer;
beforeEach(async () => {
  session = workerSession();
  agents = new AgentConnections();
  platforms = new PlatformConnections();
  platform = await httpPeer(() => 'hang');
});
afterEach(async () => {
  await platform.close();
  await agents.close();
  await platforms.close();
  await session.close();
});

const provision = (attempt_id: string): Instruction => ({
  kind: 'provision',
  attempt_id,
  not_after_ms: 1_000,
  platform: { base_url: platform.address, tls_ca_bundle: null, tls_insecure_skip_verify: false, token: null },
  request: {
    cluster: { cluster_id: 'pg', store: 's', store_version: '1', attributes: {}, nodes: {} },
    provision: { count: 1, node_group_id: 'main' },
  },
});

/** What `command` answers: clusters of the hung platform want a node, as the domain asks for one. */
function surface() {
  const cycles = new Map<string, number>();
  const intended = new Map<string, string>();
  const outcomes: [string, AttemptOutcome['result']][] = [];
  const control: Control = {
    beginCycle: async (_work, _cluster, cycle_id) => ({
      cycle_id,
      mode: 'sync',
      spec_revision: 1,
      interval_seconds: INTERVAL_MS / 1_000,
      ca_bundle: null,
      agent_token: null,
      nodes: [],
    }),
    submitObservation: async (_work, { cluster_id }, { observationJson }) => {
      const { platform_calls } = JSON.parse(observationJson) as CycleObservation;
      cycles.set(cluster_id, (cycles.get(cluster_id) ?? 0) + 1);
      const asks = HUNG.includes(cluster_id) && !intended.has(cluster_id);
      if (!asks || platform_calls?.busy.includes(platform.address)) return { instructions: [], sample: null };
      const attempt = `${cluster_id} ${v7()}`;
      intended.set(cluster_id, attempt);
      return { instructions: [provision(attempt)], sample: null };
    },
    recordOutcome: async (_work, _cluster, { attemptId, outcomeJson }) =>
      void outcomes.push([attemptId, (JSON.parse(outcomeJson) as AttemptOutcome).result]),
    beginDiscovery: () => Promise.reject(new Error('not here')),
    submitDiscovery: () => Promise.reject(new Error('not here')),
  };
  return { control, cycles, intended, outcomes };
}

describe('a platform that hangs', () => {
  it('holds up no cycle: not of its own clusters, more than the worker has places, nor of another one', async () => {
    const { control, cycles, intended, outcomes } = surface();
    const defect = (error: unknown): void => {
      throw error;
    };
    const monotonicMs = (): number => performance.now();
    const leases = new PartitionLeases({ session, onError: defect });
    const platformCalls = new PlatformCalls({ atOncePerPlatform: CALLS_PER_PLATFORM, onError: defect });
    const outbox = new OutcomeOutbox({
      control,
      wait: async () => undefined,
      monotonicMs,
      onDropped: defect,
    });
    const secret = () => Promise.reject(new Error('no secret is needed'));
    const ending = new AbortController();
    const orchestrate = new OrchestrateCluster({
      control,
      observer: new ObserveCluster({
        connections: agents,
        lanes: new AgentLanes({ quick: 1, slow: 1, monotonicMs, onError: defect }),
        worker: 'w1',
        agentTimeoutMs: 100,
        secret,
        monotonicMs,
      }),
      act: new Act({
        agents,
        platforms,
        platformCalls,
        outbox,
        secret,
        monotonicMs,
        agentTimeoutMs: 100,
        ending: ending.signal,
      }),
      platformCalls,
      publish: (_sample: CycleSample) => undefined,
      leaseFor: partition => leases.forTask(partition),
      monotonicMs,
      leaseMarginMs: 100,
    });
    const queue = memoryTaskQueue();
    const discover = { run: () => Promise.reject(new Error('not here')) };
    const consumer = await queue.consume({
      consumerName: 'w1',
      concurrency: SLOTS,
      handler: (task, context) => handleTask({ orchestrate, discover }, task, context),
      onError: defect,
    });
    const clusters = [...HUNG, ...WELL];
    for (let round = 1; round <= 3; round += 1) {
      await queue.enqueue(
        clusters.map(cluster_id => ({
          id: v7(),
          kind: 'OrchestrateCluster',
          key: `ns:${cluster_id}`,
          payload: { ns_id: 'ns', cluster_id },
        })),
      );
      const done = (): boolean => clusters.every(id => (cycles.get(id) ?? 0) >= round);
      await eventually(done, { within: INTERVAL_MS, what: `cycle ${round} of every cluster` });
    }
    expect(outcomes).toEqual([]);
    await eventually(() => platform.asked.length === CALLS_PER_PLATFORM, { within: INTERVAL_MS });
    await consumer.stop();
    ending.abort();
    await platformCalls.settled();
    await queue.close();
    // Each attempt has one outcome, and only what was asked can have had an effect.
    expect(outcomes.map(([attempt]) => attempt).sort()).toEqual([...intended.values()].sort());
    expect(outcomes.filter(([, result]) => result === 'unknown')).toHaveLength(CALLS_PER_PLATFORM);
    expect(outcomes.filter(([, result]) => result !== 'unknown' && result !== 'not_sent')).toEqual([]);
  });
});
