import { describe, expect, it } from '@jest/globals';
import { age } from './age.js';
import { eventLine } from './event-line.js';
import {
  decisionView,
  eventView,
  headerView,
  nodeView,
  readModel,
  topologyView,
} from './example-views.fixture.js';
import { explain } from './explain.js';
import { exitOf, header } from './header.js';
import { topology } from './topology.js';

const stale = {
  ...headerView,
  evaluated: false,
  lastCycle: { ...headerView.lastCycle!, ageSeconds: 200, evaluated: false },
  convergence: { ...headerView.convergence, converged: false },
};

describe('the header of an answer about a cluster', () => {
  it('says what holds, the last cycle and its age, the lease holder and the lag', () => {
    const text = header(headerView, readModel);
    expect(text).toContain('default/pg  converged at spec revision 3');
    expect(text).toContain('last cycle 0.4 s ago (sync, by worker-1) · lease session-7');
    expect(text).toContain('read model 0 events behind');
    expect(exitOf(headerView)).toBe(0);
  });

  it('says NOT EVALUATED since when, and exits with 3', () => {
    const text = header(stale, { ...readModel, lag: 4 });
    expect(text).toContain('NOT EVALUATED since 2026-01-02 03:04:05+00:00 (3 min 20 s)');
    expect(text).not.toContain('converged');
    expect(exitOf(stale)).toBe(3);
  });

  it('does not take a cluster without any cycle for evaluated', () => {
    const never = { ...headerView, evaluated: false, lastCycle: null };
    expect(header(never, readModel)).toContain('NOT EVALUATED: no cycle has completed');
    expect(exitOf(never)).toBe(3);
  });

  it('says what a cluster waits for, and a lag that is not known', () => {
    const waiting = {
      ...headerView,
      convergence: { converged: false, observedSpecRevision: 3, waitsFor: ['group main: 2 of 3'] },
    };
    const text = header(waiting, { state: 'rebuilding', lag: null, message: 'v2' });
    expect(text).toContain('not converged: waits for group main: 2 of 3');
    expect(text).toContain('an unknown number of events behind · rebuilding: v2');
  });
});

describe('the tree of a cluster', () => {
  it('has problems first, then the primary, and what is still wanted', () => {
    const text = topology(
      topologyView(
        [
          nodeView('pg-3', 'SECONDARY'),
          nodeView('pg-2', 'PRIMARY'),
          nodeView('pg-4', 'SECONDARY', {
            status: 'UNREACHABLE',
            ageSeconds: 12,
            error: { error_msg: 'refused', error_cause: 'no\nport' },
          }),
        ],
        { spec: { declaration: { definition: { nodes: { main: { desired_count: 4 } } } } } },
      ),
      readModel,
    );
    const tree = text.split('\n').filter(line => /[├└│]/.test(line));
    expect(tree[0]).toContain('main  3 of 4 nodes');
    expect(tree[1]).toMatch(/✗ pg-4 {2}UNREACHABLE.*seen 12 s ago {2}refused: no port/);
    expect(tree[2]).toMatch(/● pg-2 {2}HEALTHY {2}primary/);
    expect(tree[3]).toMatch(/● pg-3 {2}HEALTHY {2}secondary lag 0 bytes/);
    expect(tree[4]).toContain('○ 1 more node wanted');
  });

  it('shows a quarantined, a missing and a never polled node for what they are', () => {
    const text = topology(
      topologyView([
        nodeView('a', 'PRIMARY', { quarantine: 'another identity' }),
        nodeView('b', 'PRIMARY', { presence: 'MISSING_FROM_PLATFORM' }),
        nodeView('c', 'PRIMARY', {
          status: 'NOT_OBSERVED',
          ageSeconds: null,
          shards: { nodes: [] },
          group: null,
        }),
      ]),
      readModel,
    );
    expect(text).toMatch(/✗ a .*quarantined: another identity/);
    expect(text).toMatch(/✗ b .*MISSING_FROM_PLATFORM/);
    expect(text).toMatch(/\(no group\) {2}1 node/);
    expect(text).toMatch(/◐ c {2}NOT_OBSERVED.*never polled/);
  });

  it('stands without nodes, without a definition, and lists what is unfinished', () => {
    const action = { actionId: 'a-1', scope: 'NODE', nodeId: 'pg-1', kind: 'x/y', phase: 'PENDING_APPROVE' };
    const text = topology(topologyView([], { spec: null, actions: { nodes: [action] } }), readModel);
    expect(text).toContain('no nodes');
    expect(text).toContain('PENDING_APPROVE x/y on pg-1 (a-1)\n    replictl action approve a-1 -c pg');
  });
});

describe('an explanation', () => {
  const causes = new Map([['e-9', { text: 'cluster.DiscoveryRecorded.v1 (revision 8, e-8)' }]]);
  const base = {
    cluster: headerView,
    readModel,
    decisions: [decisionView],
    causes,
    unfinished: [],
    full: false,
  };

  it('keeps what was seen then apart from what is seen now', () => {
    const factsNow = new Map([['node:pg-1.status', { value: 'HEALTHY', ageSeconds: 0.2 }]]);
    const text = explain({ ...base, factsNow });
    expect(text).toContain('cluster-init v1 on cluster: hold WAITS_FOR_APPROVAL');
    expect(text).toContain('node:pg-1.status = "NOT_IN_CLUSTER"  (worker-1, 0.3 s old then)');
    expect(text).toContain('spec.initialise.mode = "SingleNode"  (spec)');
    expect(text).toMatch(
      /last re-evaluated at .* \(0\.4 s ago\): the same decision; facts now:\n {4}node:pg-1\.status = "HEALTHY" {2}\(0\.2 s old\)/,
    );
    expect(text).toContain('init pg-2: pg-1 sorts first');
    expect(text).toContain('caused by cluster.DiscoveryRecorded.v1 (revision 8, e-8)');
    expect(text).toContain('cluster.NodeActionCreated.v1 (revision 10, e-10)');
    expect(text).toContain('a-1');
  });

  it('says nothing of now when the cluster is not evaluated', () => {
    const text = explain({ ...base, cluster: stale, factsNow: new Map() });
    expect(text).toContain('NOT EVALUATED since');
    expect(text).not.toContain('now');
  });

  it('says when the reasons of a rule alternate', () => {
    const flapping = { reasons: ['A', 'B'], changes: 7, since: '2026-01-02T03:04:00.000Z' };
    const text = explain({ ...base, decisions: [{ ...decisionView, flapping }], factsNow: new Map() });
    expect(text).toContain('reasons alternate since 2026-01-02 03:04:00+00:00: A, B (7 changes)');
  });

  it('says that nothing was decided yet', () => {
    expect(explain({ ...base, decisions: [], factsNow: new Map() })).toContain('no decision recorded');
  });

  it('names the action that a decision waits on, and the command that approves it', () => {
    const action = { actionId: 'a-1', scope: 'NODE', nodeId: 'pg-1', kind: 'x/y', phase: 'PENDING_APPROVE' };
    const elsewhere = { ...headerView, nsId: 'prod' };
    const text = explain({ ...base, cluster: elsewhere, unfinished: [action], factsNow: new Map() });
    expect(text).toContain(
      'waits on:\n    a-1  PENDING_APPROVE x/y on pg-1\n      replictl action approve a-1 -c pg -n prod',
    );
  });

  it('has a line for each settled decision, and says all of it when asked in full', () => {
    const rules = Array.from({ length: 12 }, (_, n) => ({
      ...decisionView,
      rule: `rule-${n}`,
      settled: true,
    }));
    const healthy = { ...base, decisions: rules, factsNow: new Map() };
    const lines = explain(healthy).split('\n');
    expect(lines.length).toBeLessThan(24);
    expect(lines).toContain(
      'rule-11 on cluster: hold WAITS_FOR_APPROVAL (0.4 s ago)  The action waits for approval.',
    );
    expect(lines.join()).not.toContain('node:pg-1.status');
    const full = explain({ ...healthy, full: true });
    expect(full).toContain('caused by cluster.DiscoveryRecorded.v1');
    expect(full.split('node:pg-1.status')).toHaveLength(13);
  });

  it.each([
    ['is open', { settled: false }],
    ['was replaced since', { settled: true, latest: false }],
    [
      'alternates',
      { settled: true, flapping: { reasons: ['A', 'B'], changes: 7, since: '2026-01-02T03:04:00.000Z' } },
    ],
  ])('says all of a decision that %s', (_, change) => {
    const quiet = { ...decisionView, rule: 'quiet', settled: true };
    const decisions = [{ ...decisionView, ...change }, quiet];
    const text = explain({ ...base, decisions, factsNow: new Map() });
    expect(text.split('node:pg-1.status')).toHaveLength(2);
    expect(text).toContain('quiet on cluster: hold');
  });
});

describe('words', () => {
  it.each([
    [0.04, '0.0 s'],
    [9.96, '10 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [18_120, '5 h 2 min'],
    [273_600, '3 d 4 h'],
    [-3, '0.0 s'],
  ])('%d seconds are %s', (seconds, text) => expect(age(seconds)).toBe(text));

  it.each([
    [
      'cluster.NodeChanged.v1',
      { node: { node_id: 'pg-1', node_status: { UNKNOWN: 'x' } } },
      'NodeChanged  pg-1: {"UNKNOWN":"x"}',
    ],
    [
      'cluster.NodeActionCreated.v1',
      { action: { kind: 'a/b', node_id: 'n', state: { phase: 'NEW' } } },
      'a/b on n: NEW',
    ],
    [
      'cluster.DecisionMade.v1',
      { decision: { rule: 'r', subject: 's', outcome: 'act', reason: 'R' } },
      'r on s: act R',
    ],
    ['cluster.ConvergenceChanged.v1', { converged: true, spec_revision: 3 }, 'converged at spec revision 3'],
    [
      'cluster.ConvergenceChanged.v1',
      { converged: false, waits_for: ['a primary', 'pg-2 is not HEALTHY'] },
      'ConvergenceChanged  waits for a primary; pg-2 is not HEALTHY',
    ],
    [
      'cluster.StoreExtrasChanged.v1',
      { extras: { node_id: 'pg-1', attributes: {}, fresh: true } },
      'StoreExtrasChanged  pg-1',
    ],
    [
      'cluster.OrchestrateReportRecorded.v1',
      { report: { mode: 'sync', notes: [{ category: 'Error', message: 'no answer', data: {} }] } },
      'OrchestrateReportRecorded  mode SYNC: no answer',
    ],
    ['cluster.FromTheFuture.v9', null, 'FromTheFuture'],
  ])('%s is one line that says what it is about', (type, data, part) => {
    expect(eventLine(eventView(4, type, data))).toContain(part);
  });
});
