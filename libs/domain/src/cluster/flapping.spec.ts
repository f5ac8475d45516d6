import { describe, expect, it } from '@jest/globals';
import type { NodeObservation } from '../model/observation.js';
import { isAtRest, watch } from './flapping.js';
import type { SimulatedCluster } from './simulated-cluster.fixture.js';
import { convergedCluster } from './simulated-cluster.fixture.js';
import { DOWN } from './simulated-node.fixture.js';

type Lie = (seen: NodeObservation, cycle: number) => NodeObservation;

/** Its second node tells each cycle what `lie` says; the others are as ever. */
function liar(lie: Lie): { readonly cluster: SimulatedCluster; cycles: (n: number) => void } {
  const cluster = convergedCluster();
  cluster.nowMs += 600_001;
  let cycle = 0;
  cluster.tamper = seen => (seen.node_id === 'pg-2' ? lie(seen, cycle) : seen);
  return {
    cluster,
    cycles: n => {
      for (let i = 0; i < n; i += 1) {
        cycle += 1;
        cluster.cycle();
      }
    },
  };
}

const node = (seen: NodeObservation, change: object): NodeObservation =>
  seen.node.ok ? { ...seen, node: { ok: true, value: { ...seen.node.value, ...change } } } : seen;
const failing = (error_msg: string) => ({ ok: false, kind: 'invalid', error: { error_msg } }) as const;
const every = (n: number, lie: (seen: NodeObservation) => NodeObservation): Lie => {
  return (seen, cycle) => (cycle % n === 0 ? lie(seen) : seen);
};

const LIES: readonly (readonly [string, Lie])[] = [
  ['its status', every(2, seen => node(seen, { node_status: 'UNHEALTHY' }))],
  [
    'between three statuses',
    (seen, c) => node(seen, { node_status: ['HEALTHY', 'UNHEALTHY', 'UNAVAILABLE'][c % 3] }),
  ],
  ['words that no list knows', (seen, c) => node(seen, { node_status: { UNKNOWN: `word ${c}` } })],
  ['whether it answers', every(2, seen => ({ ...seen, node: DOWN, store: DOWN, shards: DOWN }))],
  ['whose node it is, another each time', (seen, c) => (c % 2 ? node(seen, { node_id: `x-${c}` }) : seen)],
  ['its version', (seen, c) => node(seen, { agent_version: { checkout: '', number: `${c}`, taint: '' } })],
  ['its addresses', (seen, c) => node(seen, { address: { client: `h:${c}`, member: null } })],
  ['the names of its attributes', (seen, c) => node(seen, { attributes: { [`name-${c}`]: 1 } })],
  [
    'its roles',
    every(2, seen => ({
      ...seen,
      shards: { ok: true, value: [{ id: 's', role: 'Primary', commit_offset: null, lag: null }] },
    })),
  ],
  ['whether it has shards', every(2, seen => ({ ...seen, shards: { ok: true, value: [] } }))],
  ['whether its store can be read', every(2, seen => ({ ...seen, store: failing('is not JSON') }))],
  [
    'which part cannot be read',
    (seen, c) => ({ ...seen, [c % 2 ? 'store' : 'shards']: failing(`fault ${c}`) }),
  ],
  ['whether its queue can be read', every(2, seen => ({ ...seen, queue: failing('500') }))],
  [
    'which of its actions cannot be read',
    (seen, c) => ({ ...seen, actions: { ...seen.actions, [`action-${c}`]: failing('404') } }),
  ],
];

const flapped = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) => (event.type === 'cluster.NodeFlapping.v1' ? [event.data] : []));

describe.each(LIES)('a node that changes %s each cycle', (_title, lie) => {
  it('is said to flap once, and nothing is appended from then on', () => {
    const { cluster, cycles } = liar(lie);
    cycles(14);
    expect(flapped(cluster)).toHaveLength(1);
    const before = cluster.log.length;
    cycles(200);
    expect(cluster.types().slice(before)).toEqual([]);
  });

  it('is what it is again when it rests, and the cluster converges', () => {
    const { cluster, cycles } = liar(lie);
    cycles(40);
    cluster.tamper = seen => seen;
    const before = cluster.log.length;
    cycles(6);
    expect(cluster.types().slice(before)).toContain('NodeChanged');
    expect(cluster.state.nodes.get('pg-2')).toMatchObject({
      flapping: false,
      node: { node_status: 'HEALTHY' },
    });
    expect(cluster.state.convergence?.converged).toBe(true);
  });

  it('harms no other node', () => {
    const { cluster, cycles } = liar(lie);
    cycles(30);
    for (const id of ['pg-1', 'pg-3'])
      expect(cluster.state.nodes.get(id)).toMatchObject({
        flapping: false,
        node: { node_status: 'HEALTHY' },
      });
    expect(cluster.state.lastPrimary).toBe('pg-1');
    expect([cluster.provisions, cluster.joins, cluster.inits]).toEqual([3, 2, 1]);
  });
});

describe('a node that flaps', () => {
  const [, status] = LIES[0] ?? ['', seen => seen];

  it('is neither a target nor counted, and says what changed and how it is', () => {
    const { cluster, cycles } = liar(status);
    cycles(14);
    expect(flapped(cluster)).toMatchObject([{ facts: ['status'], changes: 6, before_status: 'UNHEALTHY' }]);
    expect(cluster.state.nodes.get('pg-2')?.node.node_status).toEqual({ UNKNOWN: 'FLAPPING' });
    expect(cluster.state.shards.get('pg-2')).toMatchObject([{ fresh: false }]);
    const verdict = cluster.cycle();
    expect(verdict).toMatchObject({
      sample: {
        converged: false,
        waits_for: expect.arrayContaining(['pg-2 is flapping; at present UNHEALTHY']) as unknown,
        nodes: [{}, { node_id: 'pg-2', node_status: 'UNHEALTHY' }, {}],
        flapping: [{ of: 'node pg-2' }],
      },
    });
  });

  it('rests later, when another worker takes over without its memory', () => {
    const { cluster, cycles } = liar(status);
    cycles(20);
    cluster.tamper = seen => seen;
    for (let i = 0; i < 5; i += 1) {
      cluster.remembered = [];
      cycles(1);
    }
    expect(cluster.state.nodes.get('pg-2')?.flapping).toBe(true);
    cycles(3);
    expect(cluster.state.nodes.get('pg-2')?.flapping).toBe(false);
  });

  it('still reports what its actions come to', () => {
    const { cluster, cycles } = liar(status);
    cluster.agentPhase = () => 'RUNNING';
    cluster.execute({
      type: 'CreateNodeAction',
      data: {
        action: {
          ns_id: 'ns',
          cluster_id: 'pg',
          node_id: 'pg-2',
          action_id: 'a',
          args: null,
          kind: 'x',
          metadata: {},
        },
        approval: 'granted',
      },
    });
    cycles(20);
    cluster.agentPhase = () => 'DONE';
    cycles(2);
    expect(cluster.state.finishedActions.get('a')?.phase).toBe('DONE');
  });

  it('cannot hide that it claims to be a second primary', () => {
    const { cluster, cycles } = liar((seen, c) => {
      const primary = { id: 'postgresql', role: 'Primary', commit_offset: null, lag: null } as const;
      return node({ ...seen, shards: { ok: true, value: [primary] } }, { store_id: `${c}` });
    });
    cycles(20);
    expect(cluster.state.nodes.get('pg-2')?.flapping).toBe(true);
    expect(cluster.latest('primary-lost')?.reason).toBe('TWO_PRIMARIES');
    expect(cluster.state.lastPrimary).toBe('pg-1');
  });

  it('stays in quarantine over the cycles in which it tells the truth', () => {
    const { cluster, cycles } = liar(every(2, seen => node(seen, { node_id: 'other' })));
    cycles(15);
    expect(cluster.state.nodes.get('pg-2')?.quarantine).toContain("'other'");
  });
});

describe('an attribute that comes and goes', () => {
  it('becomes a sample, and its node does not flap', () => {
    const { cluster, cycles } = liar(every(2, seen => node(seen, { attributes: { shy: 1 } })));
    cycles(20);
    expect(cluster.types().filter(type => type === 'AttributeDemoted')).toHaveLength(1);
    expect(flapped(cluster)).toEqual([]);
    const before = cluster.log.length;
    cycles(20);
    expect(cluster.types().slice(before)).toEqual([]);
  });
});

describe('a node that changes every other cycle', () => {
  it('does not flap: each change is told', () => {
    const { cluster, cycles } = liar((seen, c) =>
      node(seen, { node_status: Math.floor(c / 2) % 2 ? 'UNHEALTHY' : 'HEALTHY' }),
    );
    cycles(40);
    expect(flapped(cluster)).toEqual([]);
  });
});

describe('a memory of what flaps', () => {
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const bounds = { atLeastMs: 10_000, atMostMs: 100_000 };
  const seen = (present: string, seconds: number) => ({ of: 'x', present, now: at(seconds), pauseMs: 5_000 });

  it('rests when it was the same for twice its longest pause', () => {
    const first = watch(undefined, seen('a', 0));
    const second = watch(watch(first, seen('a', 20)), seen('b', 30));
    expect(second).toEqual({ of: 'x', present: 'b', since: at(30), longest_pause_ms: 30_000, changes: 1 });
    expect(isAtRest(second, 89_999, bounds)).toBe(false);
    expect(isAtRest(second, 90_000, bounds)).toBe(true);
  });

  it('rests never before the least time, and always after the most', () => {
    const quick = { ...watch(undefined, seen('a', 0)), longest_pause_ms: 0 };
    expect([isAtRest(quick, 9_999, bounds), isAtRest(quick, 10_000, bounds)]).toEqual([false, true]);
    const slow = { ...quick, longest_pause_ms: 90_000 };
    expect([isAtRest(slow, 99_999, bounds), isAtRest(slow, 100_000, bounds)]).toEqual([false, true]);
  });
});
