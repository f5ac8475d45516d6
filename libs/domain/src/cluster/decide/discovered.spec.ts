import { describe, expect, it } from '@jest/globals';
import type { Instruction } from '../commands.js';
import { SimulatedCluster, convergedCluster, namespaceOf, specOf } from '../simulated-cluster.fixture.js';
import { discoverIn, ids } from '../rules/asked.fixture.js';

const INTERVAL_MS = 10_000;
const absence = (cluster: SimulatedCluster, id = 'pg-3') => cluster.state.members.get(id)?.absent;
const at = (cluster: SimulatedCluster): string => new Date(cluster.nowMs).toISOString();
const without = (cluster: SimulatedCluster, afterMs: number): void => {
  cluster.nowMs += afterMs;
  cluster.discover(['pg-1', 'pg-2']);
};

describe('a node that its platform does not show (safety.md §4)', () => {
  it('is missing at once, since that discovery', () => {
    const cluster = convergedCluster(3);
    without(cluster, 0);
    expect(absence(cluster)).toEqual({ absences: 1, since: at(cluster) });
    expect(cluster.log.at(-1)?.event.data).toMatchObject({ ...ids, node_id: 'pg-3', absences: 1 });
  });

  it('is counted once per interval, however often a discovery is asked for', () => {
    const cluster = convergedCluster(3);
    without(cluster, 0);
    const since = at(cluster);
    without(cluster, INTERVAL_MS - 1);
    expect(absence(cluster)).toEqual({ absences: 1, since });
    without(cluster, 1);
    expect(absence(cluster)).toEqual({ absences: 2, since });
    without(cluster, 0);
    expect(absence(cluster)).toEqual({ absences: 2, since });
  });

  it('is counted for the third time after three whole intervals, and then no more', () => {
    const cluster = convergedCluster(3);
    without(cluster, 0);
    without(cluster, INTERVAL_MS);
    without(cluster, 2 * INTERVAL_MS - 1);
    expect(absence(cluster)?.absences).toBe(2);
    without(cluster, 1);
    expect(absence(cluster)?.absences).toBe(3);
    const before = cluster.log.length;
    without(cluster, 100 * INTERVAL_MS);
    expect(cluster.log).toHaveLength(before);
  });

  it('is counted by itself: a node that is shown is not', () => {
    const cluster = convergedCluster(3);
    without(cluster, 0);
    expect([absence(cluster, 'pg-1'), absence(cluster, 'pg-2')]).toEqual([null, null]);
  });

  it('that is shown again begins anew when it goes again', () => {
    const cluster = convergedCluster(3);
    without(cluster, 0);
    without(cluster, INTERVAL_MS);
    cluster.discover();
    expect(absence(cluster)).toBeNull();
    expect(cluster.log.at(-1)?.event).toEqual({
      type: 'cluster.NodeReappeared.v1',
      data: { ...ids, node_id: 'pg-3' },
    });
    without(cluster, INTERVAL_MS);
    expect(absence(cluster)).toEqual({ absences: 1, since: at(cluster) });
  });
});

describe('a discovery', () => {
  it('of a cluster that nobody declared and that has no nodes leaves no trace', () => {
    const cluster = new SimulatedCluster();
    cluster.discover([]);
    expect(cluster.types()).toEqual(['LeaseTaken']);
  });

  it('says once of a declared cluster that its platform shows no node', () => {
    const cluster = new SimulatedCluster();
    cluster.apply(specOf(1));
    cluster.discover([]);
    cluster.discover([]);
    expect(cluster.types()).toEqual(['ClusterSpecApplied', 'LeaseTaken', 'DiscoveryRecorded']);
    expect(cluster.state.discovery?.nodes).toEqual([]);
  });

  it('of a cluster that has lost its last node is recorded', () => {
    const cluster = convergedCluster(1);
    cluster.discover([]);
    expect(cluster.types()).toContain('NodeAbsenceCounted');
    expect(cluster.state.discovery?.nodes).toEqual([]);
  });

  it('is refused under a lease that another holder has taken over', () => {
    const cluster = convergedCluster(1);
    const first = cluster.discoveryLease;
    cluster.discoveryLease = { ...first, token: 2, holder: 'b' };
    cluster.discover();
    cluster.discoveryLease = first;
    expect(cluster.discover([])).toBe('FENCED');
    expect(cluster.state.discovery?.nodes).toHaveLength(1);
  });

  it('of an undeclared cluster makes a spec of defaults: it is looked at, and nothing is done to it', () => {
    const cluster = new SimulatedCluster();
    cluster.addNode();
    cluster.discover();
    expect(cluster.log[0]?.event.data).toEqual({
      synthetic: true,
      spec: {
        ...ids,
        active: true,
        interval: 60,
        platform: null,
        declaration: {
          active: true,
          approval: 'granted',
          definition: null,
          graces: { expand: 5, init: 5, scale_up: 5 },
          timings_seconds: { expand: null, init: null, scale_up: null, stable_after: null },
          initialise: { mode: 'Auto', action_args: null, search: null },
          expand: { mode: 'Auto', target_member: null },
        },
      },
    });
  });
});

describe('an unknown attempt to provision, at a discovery that can tell (safety.md §3)', () => {
  /** `pg-1` is there before; the attempt for group main has an unknown outcome. */
  function unknown() {
    const cluster = new SimulatedCluster();
    const sent: Instruction[] = [];
    cluster.fate = instruction => {
      sent.push(instruction);
      return 'dropped';
    };
    cluster.apply(specOf(2));
    discoverIn(cluster, { 'pg-1': 'main' });
    cluster.cycle(['none']);
    cluster.cycle(['none']);
    const [attempt] = sent;
    const attempt_id = attempt?.attempt_id ?? '';
    const expiresMs = cluster.nowMs - INTERVAL_MS + 5_000;
    cluster.outcome(attempt_id, { kind: 'provision', result: 'unknown', error: { error_msg: '?' } });
    return { cluster, attempt_id, expiresMs };
  }
  const settled = (cluster: SimulatedCluster) =>
    cluster.log.flatMap(({ event }) =>
      event.type === 'cluster.ProvisionSettled.v1' && event.data.outcome !== 'unknown' ? [event.data] : [],
    );

  it('is done when a node of its group is shown that was not there before', () => {
    const { cluster, attempt_id } = unknown();
    cluster.nowMs += 60_000;
    discoverIn(cluster, { 'pg-1': 'main', 'pg-2': 'main', 'pg-9': 'other' });
    expect(settled(cluster)).toEqual([
      {
        ...ids,
        action_id: [...cluster.state.orchestratorActions.keys()][0],
        attempt_id,
        outcome: 'shown',
        count: 1,
        node_ids: ['pg-2'],
        error: null,
        late: false,
      },
    ]);
  });

  it('is not done when only nodes are shown that were there, or that are of another group', () => {
    const { cluster, attempt_id } = unknown();
    cluster.nowMs += 60_000;
    discoverIn(cluster, { 'pg-1': 'main', 'pg-9': 'other' });
    expect(settled(cluster)).toMatchObject([
      { attempt_id, outcome: 'not_shown', count: null, node_ids: null, error: null, late: false },
    ]);
  });

  it('is settled once', () => {
    const { cluster } = unknown();
    cluster.nowMs += 60_000;
    discoverIn(cluster, { 'pg-1': 'main' });
    discoverIn(cluster, { 'pg-1': 'main', 'pg-2': 'main' });
    expect(settled(cluster)).toHaveLength(1);
  });

  it('is settled by a discovery that began after its end and the settle time, not at that very moment', () => {
    const { cluster, expiresMs } = unknown();
    cluster.nowMs = expiresMs + 30_000;
    discoverIn(cluster, { 'pg-1': 'main' });
    expect(settled(cluster)).toEqual([]);
    cluster.nowMs += 1;
    discoverIn(cluster, { 'pg-1': 'main' });
    expect(settled(cluster)).toHaveLength(1);
  });

  it('is not touched while its outcome is awaited, or known and its action goes on', () => {
    const cluster = new SimulatedCluster();
    const sent: Instruction[] = [];
    cluster.fate = instruction => {
      sent.push(instruction);
      return 'dropped';
    };
    cluster.apply(specOf(1));
    cluster.cycle();
    cluster.cycle();
    cluster.nowMs += 60_000;
    cluster.discover([]);
    expect(settled(cluster)).toEqual([]);
    cluster.outcome(sent[0]?.attempt_id ?? '', {
      kind: 'provision',
      result: 'accepted',
      count: 1,
      node_ids: null,
    });
    cluster.nowMs += 60_000;
    cluster.discover([]);
    expect(settled(cluster)).toMatchObject([{ outcome: 'accepted' }]);
  });
});

it('a namespace that is not active stops no discovery of what is there', () => {
  const cluster = convergedCluster(1);
  cluster.namespace = namespaceOf('Observed');
  cluster.addNode();
  cluster.discover();
  expect(cluster.state.members.size).toBe(2);
});
