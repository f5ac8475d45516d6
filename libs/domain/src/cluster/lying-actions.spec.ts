import { describe, expect, it } from '@jest/globals';
import type { AgentActionExecution, NodeObservation } from '../model/observation.js';
import type { SimulatedCluster } from './simulated-cluster.fixture.js';
import { convergedCluster, specOf } from './simulated-cluster.fixture.js';

const ids = { ns_id: 'ns', cluster_id: 'pg' } as const;
const create = (cluster: SimulatedCluster, action_id: string) =>
  cluster.execute({
    type: 'CreateNodeAction',
    data: {
      action: { ...ids, node_id: 'pg-2', action_id, args: null, kind: 'x', metadata: {} },
      approval: 'granted',
    },
  });

/** What pg-2 says of its actions, changed; the phase that it really has is RUNNING. */
function lying(change: (action: AgentActionExecution, cycle: number) => AgentActionExecution | 'absent') {
  const cluster = convergedCluster();
  cluster.agentPhase = () => 'RUNNING';
  create(cluster, 'a');
  for (let i = 0; i < 3; i += 1) cluster.cycle();
  let cycle = 0;
  cluster.tamper = seen => {
    if (seen.node_id !== 'pg-2') return seen;
    cycle += 1;
    const told = Object.entries(seen.actions).map(([id, answer]) => [
      id,
      answer.ok && answer.value !== 'absent' ? { ok: true, value: change(answer.value, cycle) } : answer,
    ]);
    return { ...seen, actions: Object.fromEntries(told) as NodeObservation['actions'] };
  };
  return cluster;
}
const appended = (cluster: SimulatedCluster, cycles: number): readonly string[] => {
  const before = cluster.log.length;
  for (let i = 0; i < cycles; i += 1) cluster.cycle();
  return cluster.types().slice(before);
};

describe('an agent that tells of a running action', () => {
  it.each<[string, (action: AgentActionExecution, cycle: number) => AgentActionExecution]>([
    ['other times', (a, c) => ({ ...a, created_time: new Date(c * 300_000).toISOString() })],
    ['when it was scheduled', (a, c) => ({ ...a, scheduled_time: new Date(c * 300_000).toISOString() })],
    ['other arguments', (a, c) => ({ ...a, args: c })],
    ['another kind', (a, c) => ({ ...a, kind: `kind-${c}` })],
    ['other metadata', (a, c) => ({ ...a, metadata: { c: `${c}` } })],
    ['that it has not begun', a => ({ ...a, state: { ...a.state, phase: 'NEW' } })],
  ])('%s at each poll appends nothing', (_title, change) => {
    expect(appended(lying(change), 20)).toEqual([]);
  });

  it('another error at each poll appends as seldom as progress', () => {
    const cluster = lying((a, c) => ({ ...a, state: { ...a.state, error: { error_msg: `${c}` } } }));
    expect(appended(cluster, 30).length).toBeLessThanOrEqual(11);
  });
});

describe('an agent that lists actions and denies them', () => {
  const listing = (idAt: (cycle: number) => string | null) => {
    const cluster = convergedCluster();
    let cycle = 0;
    cluster.tamper = seen => {
      if (seen.node_id !== 'pg-2' || !seen.queue.ok) return seen;
      cycle += 1;
      const id = idAt(cycle);
      if (id === null) return seen;
      const value: AgentActionExecution = {
        id,
        kind: 'k',
        args: null,
        metadata: {},
        created_time: '2026-01-01T00:00:00.000Z',
        scheduled_time: '2026-01-01T00:00:00.000Z',
        finished_time: null,
        state: { phase: 'RUNNING', error: null, payload: null },
      };
      return {
        ...seen,
        queue: { ok: true, value: [id] },
        actions: { ...seen.actions, [id]: { ok: true, value } },
      };
    };
    return cluster;
  };
  it.each<[string, (cycle: number) => string | null]>([
    ['a new one at each poll', c => `made-up-${c}`],
    ['the same one every other poll', c => (c % 2 ? 'made-up' : null)],
  ])('%s is believed five times, and named', (_title, idAt) => {
    const cluster = listing(idAt);
    appended(cluster, 40);
    expect(appended(cluster, 100)).toEqual([]);
    expect(cluster.types().filter(type => type === 'NodeActionSynced').length).toBeLessThanOrEqual(2 * 6 + 6);
    expect(cluster.state.denials.get('pg-2')).toBeGreaterThanOrEqual(5);
    expect(cluster.state.reportKeys ?? '').toContain('Actions of node are not imported');
    cluster.apply(specOf(3, s => ({ ...s, interval: 20 })));
    expect(cluster.state.denials.size).toBe(0);
  });
});

describe('the clock of an agent', () => {
  it.each([-300_000, 300_000])('that is %i ms off does not change which action is sent', offsetMs => {
    const cluster = convergedCluster();
    cluster.agentPhase = () => 'RUNNING';
    const sent: string[] = [];
    cluster.fate = instruction => {
      if (instruction.kind === 'send_node_action') sent.push(instruction.request.id);
      return 'done';
    };
    cluster.tamper = seen => ({
      ...seen,
      actions: Object.fromEntries(
        Object.entries(seen.actions).map(([id, answer]) => {
          if (!answer.ok || answer.value === 'absent') return [id, answer];
          const off = new Date(cluster.nowMs + offsetMs).toISOString();
          return [id, { ok: true, value: { ...answer.value, created_time: off, scheduled_time: off } }];
        }),
      ),
    });
    create(cluster, 'first');
    cluster.cycle();
    cluster.cycle();
    create(cluster, 'second');
    for (let i = 0; i < 5; i += 1) cluster.cycle();
    expect(sent).toEqual(['first']);
  });
});
