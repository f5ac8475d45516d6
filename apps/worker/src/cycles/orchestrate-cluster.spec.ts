import { afterEach, describe, expect, it } from '@jest/globals';
import type { CyclePlan, CycleSample, Instruction } from '@replicante/domain';
import type { ErrorCode } from '@replicante/kernel';
import { RejectedError } from '@replicante/kernel';
import type { ServiceSession } from '@replicante/service';
import type { TaskContext } from '@replicante/task-queue';
import type { Orders } from '../acting/act.js';
import type { Control } from '../control-client.js';
import { handleTask } from '../handle-task.js';
import { PartitionLeases } from '../leases/partition-leases.js';
import { workerSession } from '../leases/worker-session.fixture.js';
import { OrchestrateCluster } from './orchestrate-cluster.js';

const opened: ServiceSession[] = [];
afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
});
const context: TaskContext = { signal: new AbortController().signal, heartbeat: () => Promise.resolve() };
const task = { ns_id: 'default', cluster_id: 'pg', partition: 3 };
const plan = (cycle_id: string): CyclePlan => ({
  cycle_id,
  mode: 'sync',
  spec_revision: 4,
  interval_seconds: 1,
  ca_bundle: null,
  agent_token: null,
  nodes: [],
});
const instruction = { kind: 'provision', attempt_id: 'a', not_after_ms: 100 } as Instruction;

/** `command`'s surface, which refuses as told; a worker with a real lease on the memory coordinator. */
function cycle(refusals: { begin?: (ErrorCode | 'ok')[]; submit?: (ErrorCode | 'ok')[] } = {}) {
  const calls: string[] = [];
  const observations: unknown[] = [];
  const acted: Orders[] = [];
  const published: CycleSample[] = [];
  /** `flapping` of each sample that is answered. */
  const samples: NonNullable<CycleSample['flapping']>[] = [];
  const answer = (name: 'begin' | 'submit', token: number): void => {
    calls.push(`${name} ${token}`);
    const code = refusals[name]?.shift() ?? 'ok';
    if (code !== 'ok') throw new RejectedError({ code, message: code });
  };
  const control: Control = {
    beginCycle: async ({ claim }, _cluster, cycleId) => {
      answer('begin', claim.token);
      return plan(cycleId);
    },
    submitObservation: async ({ claim }, _cluster, submission) => {
      answer('submit', claim.token);
      observations.push(JSON.parse(submission.observationJson));
      const flapping = samples.shift();
      return {
        instructions: [instruction],
        sample: { cluster_id: 'pg', ...(flapping && { flapping }) } as CycleSample,
      };
    },
    recordOutcome: () => Promise.reject(new Error('not here')),
    beginDiscovery: () => Promise.reject(new Error('not here')),
    submitDiscovery: () => Promise.reject(new Error('not here')),
  };
  const session = workerSession();
  const leases = new PartitionLeases({
    session,
    onError: error => {
      throw error;
    },
  });
  opened.push(session);
  const orchestrate = new OrchestrateCluster({
    control,
    observer: {
      observe: async ({ cycle_id, spec_revision }) => ({
        document: () => ({ cycle_id, spec_revision, observer: 'w1', cycle_age_ms: 1, nodes: [] }),
      }),
    },
    act: { carryOut: async orders => void acted.push(orders) },
    platformCalls: { of: () => ({ platform_calls: { awaited: ['a'], busy: [] } }) },
    publish: sample => void published.push(sample),
    leaseFor: partition => leases.forTask(partition),
    monotonicMs: () => performance.now(),
    leaseMarginMs: 100,
  });
  return { orchestrate, leases, calls, observations, acted, published, samples };
}

describe('one cycle', () => {
  it('begins, looks, submits, acts under the same lease, and publishes', async () => {
    const { orchestrate, leases, calls, observations, acted, published } = cycle();
    expect(await orchestrate.run(task, context)).toEqual({ outcome: 'executed' });
    const { token } = (await leases.forTask(3))!;
    expect(calls).toEqual([`begin ${token}`, `submit ${token}`]);
    expect(observations).toMatchObject([
      { spec_revision: 4, observer: 'w1', platform_calls: { awaited: ['a'], busy: [] } },
    ]);
    expect(acted).toMatchObject([
      { instructions: [instruction], lease: { token }, work: { claim: { work: 'cycle' } } },
    ]);
    expect(published).toHaveLength(1);
  });

  it('hands back what it was told to remember of what flaps, until it rests', async () => {
    const { orchestrate, observations, samples } = cycle();
    const restless = { of: 'node n', present: 'x', since: 'then', longest_pause_ms: 1, changes: 2 };
    samples.push([restless], [restless], []);
    for (let i = 0; i < 4; i += 1) await orchestrate.run(task, context);
    expect(observations.map(o => (o as { flapping?: unknown }).flapping)).toEqual([
      undefined,
      [restless],
      [restless],
      undefined,
    ]);
  });

  it.each<ErrorCode>(['NAMESPACE_NOT_ACTIVE', 'CLUSTER_INACTIVE', 'CLUSTER_NOT_FOUND'])(
    'is abandoned on %s, a permanent condition',
    async code => {
      const { orchestrate } = cycle({ begin: [code] });
      expect(await orchestrate.run(task, context)).toEqual({ outcome: 'abandoned', reason: code });
    },
  );

  it.each<ErrorCode>(['FENCED', 'CYCLE_NOT_BEGUN'])(
    'begins again once on %s, then comes back later',
    async code => {
      const once = cycle({ submit: [code] });
      expect(await once.orchestrate.run(task, context)).toEqual({ outcome: 'executed' });
      expect(once.calls).toHaveLength(4);
      const twice = cycle({ begin: [code, code] });
      expect(await twice.orchestrate.run(task, context)).toEqual({ outcome: 'retry', reason: code });
      expect(twice.acted).toEqual([]);
    },
  );

  it('comes back later when command cannot be reached, and submits nothing twice', async () => {
    const { orchestrate, calls } = cycle({ submit: ['OUTCOME_UNKNOWN'] });
    expect(await orchestrate.run(task, context)).toEqual({ outcome: 'retry', reason: 'OUTCOME_UNKNOWN' });
    expect(calls.filter(call => call.startsWith('submit'))).toHaveLength(1);
  });

  it('does nothing without the lease of its partition', async () => {
    const stopped = new OrchestrateCluster({
      control: {} as Control,
      monotonicMs: () => 0,
      leaseMarginMs: 0,
      observer: { observe: () => Promise.reject(new Error('looked without a lease')) },
      act: { carryOut: () => Promise.reject(new Error('acted without a lease')) },
      platformCalls: { of: () => ({}) },
      publish: () => {
        throw new Error('published without a lease');
      },
      leaseFor: () => Promise.resolve(undefined),
    });
    expect(await stopped.run(task, context)).toEqual({ outcome: 'retry', reason: 'NO_LEASE' });
  });
});

describe('a task that cannot be read', () => {
  it.each([
    ['OrchestrateCluster', null],
    ['OrchestrateCluster', { ns_id: 'default' }],
    ['DiscoverPlatform', { ns_id: 'default', name: 7 }],
    ['Whatever', { ns_id: 'default', cluster_id: 'pg' }],
  ])('%s with %j ends at once', async (kind, payload) => {
    const never = { run: () => Promise.reject(new Error('ran')) };
    const result = await handleTask(
      { orchestrate: never, discover: never },
      { id: 'i', kind, key: 'k', payload, attempt: 1, partition: 0 },
      context,
    );
    expect(result.outcome).toBe('abandoned');
  });
});
