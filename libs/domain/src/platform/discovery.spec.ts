import { describe, expect, it } from '@jest/globals';
import { given as givenFor } from '../given.fixture.js';
import { platformDecider } from './decide.js';
import type { PlatformEvent } from './events.js';
import {
  applied,
  clusterOf,
  failing,
  givenPlatform,
  givenShown,
  ids,
  inNamespace,
  lease,
  leaseTaken,
  shown,
  submit,
} from './platform.fixture.js';

const types = (events: readonly PlatformEvent[]): readonly string[] =>
  events.map(e => e.type.replace(/^platform\.|\.v1$/g, ''));
const suspected = (missing: readonly string[], shown_before: number): PlatformEvent => ({
  type: 'platform.PlatformAnswerSuspected.v1',
  data: { ...ids, shown_before, missing: missing.map(node_id => ({ cluster_id: 'c', node_id })) },
});
const deleted: PlatformEvent = { type: 'platform.PlatformDeleted.v1', data: ids };
const accepted: PlatformEvent = { type: 'platform.SuspectAnswerAccepted.v1', data: ids };
const unavailable = (kind: string): PlatformEvent => ({
  type: 'platform.PlatformUnavailable.v1',
  data: { ...ids, kind, error: { error_msg: kind } },
});

describe('an accepted suspicion', () => {
  it('covers the nodes that a person saw missing, and not a worse answer that comes after', () => {
    const given = givenPlatform(
      applied(),
      leaseTaken(),
      shown(clusterOf('c', 4)),
      suspected(['n3', 'n4'], 4),
      accepted,
    );
    const same = given.when(submit([clusterOf('c', 2)]), lease());
    expect(types(same.events)).toEqual(['PlatformViewChanged']);
    const worse = given.when(submit([clusterOf('c', 1)]), lease());
    expect(types(worse.events)).toEqual(['PlatformAnswerSuspected']);
  });
});

describe('an answer with a cluster whose nodes cannot be read', () => {
  const given = () => givenShown(clusterOf('c', 4), clusterOf('d', 3));
  it('leaves what is known of that cluster as it was: unreadable is not absent', () => {
    const decided = given().when(submit([clusterOf('c', 4)], false, ['d']), lease());
    expect(decided.events).toEqual([]);
    expect(decided.answer).toMatchObject({
      verdict: { result: 'recorded', clusters: [{ cluster_id: 'c' }] },
    });
  });
  it('leaves every cluster that is not shown as it was, when not even the name could be read', () => {
    const decided = given().when(submit([], false, [null]), lease());
    expect(decided.events).toEqual([]);
    expect(decided.answer).toMatchObject({ verdict: { result: 'recorded', clusters: [] } });
  });
});

describe('an answer', () => {
  it('is recorded whole when it differs, and every cluster of it is told', () => {
    const decided = givenShown(clusterOf('c', 1)).when(
      submit([clusterOf('c', 2), clusterOf('d', 1)]),
      lease(),
    );
    expect(decided.events).toEqual([shown(clusterOf('c', 2), clusterOf('d', 1))]);
    expect(decided.answer).toMatchObject({
      kind: 'discovery_verdict',
      verdict: { result: 'recorded', clusters: [{ cluster_id: 'c' }, { cluster_id: 'd' }] },
    });
  });
  it('appends nothing when it is as before, and is still told', () => {
    const decided = givenShown(clusterOf('c', 2)).when(submit([clusterOf('c', 2)]), lease());
    expect(decided.events).toEqual([]);
    expect(decided.answer).toMatchObject({
      verdict: { result: 'recorded', clusters: [{ cluster_id: 'c' }] },
    });
  });
  it('tells a cluster that vanished with no nodes, at this answer and at every later one', () => {
    const vanished = { cluster_id: 'd', nodes: [] };
    const given = givenShown(clusterOf('c', 5), clusterOf('d', 1));
    const decided = given.when(submit([clusterOf('c', 5)]), lease());
    expect(decided.answer).toMatchObject({ verdict: { clusters: [{ cluster_id: 'c' }, vanished] } });
    const later = givenPlatform(
      applied(),
      leaseTaken(),
      shown(clusterOf('c', 5), clusterOf('d', 1)),
      shown(clusterOf('c', 5)),
    );
    const again = later.when(submit([clusterOf('c', 5)]), lease());
    expect(again.events).toEqual([]);
    expect(again.answer).toMatchObject({ verdict: { clusters: [{ cluster_id: 'c' }, vanished] } });
  });
  it('with an unfit cluster id loses that cluster and nothing else', () => {
    const decided = givenShown().when(
      submit([clusterOf('x'.repeat(300), 1), clusterOf('a:b', 1), clusterOf('', 1), clusterOf('ok', 1)]),
      lease(),
    );
    expect(decided.events).toMatchObject([
      { data: { clusters: [{ cluster_id: 'ok' }], rejected_cluster_ids: ['', 'a:b', 'x'.repeat(200)] } },
    ]);
  });
  it('that names a cluster or a node twice counts it once, the first time', () => {
    const forged = clusterOf('c', 1).nodes.map(n => ({ ...n, agent_address: 'http://forged' }));
    const twice = { cluster_id: 'c', nodes: [...clusterOf('c', 2).nodes, ...forged] };
    const decided = givenShown().when(submit([twice, clusterOf('c', ['other'])]), lease());
    expect(decided.events).toEqual([shown(clusterOf('c', 2))]);
  });
  it('takes cluster ids that objects inherit for what they are', () => {
    const decided = givenShown().when(
      submit([clusterOf('constructor', 1), clusterOf('__proto__', 1)]),
      lease(),
    );
    const { state } = givenShown(clusterOf('constructor', 1), clusterOf('__proto__', 1));
    expect(decided.events).toHaveLength(1);
    expect(Object.keys(state.view.clusters).sort()).toEqual(['__proto__', 'constructor']);
  });
  it('is recorded when only the capability changed', () => {
    const decided = givenShown(clusterOf('c', 1)).when(submit([clusterOf('c', 1)], true), lease());
    expect(decided.events).toMatchObject([{ data: { idempotency_keys: true } }]);
    expect(givenPlatform(...(decided.events as readonly PlatformEvent[])).state.view.idempotencyKeys).toBe(
      true,
    );
  });
});

describe('an answer that comes when it may no more', () => {
  it.each([
    ['the platform is deleted', [applied(), leaseTaken(), deleted], 'PLATFORM_NOT_FOUND'],
    ['the platform is inactive', [applied(false), leaseTaken()], 'PLATFORM_INACTIVE'],
  ])('is refused: %s', (_title, events, code) => {
    expect(givenPlatform(...events).when(submit([clusterOf('c', 1)]), lease()).code).toBe(code);
  });
  it.each([
    ['not Active', inNamespace('Observed'), 'NAMESPACE_NOT_ACTIVE'],
    ['not there', { status: 'absent' } as const, 'NAMESPACE_NOT_FOUND'],
  ])('is refused: the namespace is %s', (_title, namespace, code) => {
    const given = givenFor(platformDecider, { namespace })(applied(), leaseTaken());
    expect(given.when(submit([clusterOf('c', 1)]), lease()).code).toBe(code);
  });
});

describe('an answer under another lease', () => {
  it.each([
    ['older', lease(0), 'FENCED'],
    ['of the same token in another hand', lease(1, 'b'), 'FENCED'],
    ['newer and not begun', lease(2), 'CYCLE_NOT_BEGUN'],
    ['missing', undefined, 'INVALID_REQUEST'],
  ])('is refused: %s', (_title, claim, code) => {
    expect(givenShown(clusterOf('c', 1)).when(submit([]), claim).code).toBe(code);
  });
});

describe('an answer that shrinks', () => {
  // More than one node and more than a quarter (safety.md §4).
  it.each([
    [1, 4, 'recorded'],
    [2, 4, 'suspect'],
    [2, 8, 'recorded'],
    [2, 10, 'recorded'],
    [3, 10, 'suspect'],
    [1, 1, 'recorded'],
    [2, 2, 'suspect'],
    [25, 100, 'recorded'],
    [26, 100, 'suspect'],
  ])('by %i of %i is %s', (missing, before, result) => {
    const decided = givenShown(clusterOf('c', before)).when(
      submit([clusterOf('c', before - missing)]),
      lease(),
    );
    expect(decided.answer).toMatchObject({ verdict: { result } });
    expect(types(decided.events)).toEqual([
      result === 'suspect' ? 'PlatformAnswerSuspected' : 'PlatformViewChanged',
    ]);
  });
  it('counts what the platform showed over all its clusters', () => {
    const before = [clusterOf('c', 6), clusterOf('d', 2)];
    expect(givenShown(...before).when(submit([clusterOf('c', 6)]), lease()).answer).toMatchObject({
      verdict: { result: 'recorded' },
    });
    expect(givenShown(...before).when(submit([clusterOf('d', 2)]), lease()).answer).toMatchObject({
      verdict: { result: 'suspect', clusters: [] },
    });
  });
  it('and gains as many is no better for it', () => {
    const decided = givenShown(clusterOf('c', ['a', 'b', 'c'])).when(
      submit([clusterOf('c', ['x', 'y', 'z'])]),
      lease(),
    );
    expect(decided.answer).toMatchObject({ verdict: { result: 'suspect' } });
  });

  const before: readonly PlatformEvent[] = [applied(), leaseTaken(), shown(clusterOf('c', 4))];
  it('is said once, changes nothing, and tells no cluster', () => {
    const given = givenPlatform(...before, suspected(['n3', 'n4'], 4));
    const decided = given.when(submit([clusterOf('c', 2)]), lease());
    expect(decided.events).toEqual([]);
    expect(decided.answer).toEqual({
      kind: 'discovery_verdict',
      verdict: { result: 'suspect', clusters: [] },
    });
    expect(given.state.view.clusters['c']).toHaveLength(4);
  });
  it('is said with what the platform showed before and what it dropped', () => {
    const decided = givenPlatform(...before).when(submit([clusterOf('c', 2)]), lease());
    expect(decided.events).toEqual([suspected(['n3', 'n4'], 4)]);
  });
  it('is said once, in whatever order its nodes are missing', () => {
    const many = Array.from({ length: 11 }, (_, i) => `n${i + 2}`);
    const given = givenPlatform(applied(), leaseTaken(), shown(clusterOf('c', 12)), suspected(many, 12));
    expect(given.when(submit([clusterOf('c', 1)]), lease()).events).toEqual([]);
  });
  it('is said again when more is missing', () => {
    const decided = givenPlatform(...before, suspected(['n3', 'n4'], 4)).when(submit([]), lease());
    expect(types(decided.events)).toEqual(['PlatformAnswerSuspected']);
  });
  it('counts when an operator accepted it, and that stands in the event', () => {
    const given = givenPlatform(...before, suspected(['n3', 'n4'], 4), accepted);
    const decided = given.when(submit([clusterOf('c', 2)]), lease());
    expect(decided.events).toMatchObject([
      { type: 'platform.PlatformViewChanged.v1', data: { accepted_by_operator: true } },
    ]);
    expect(decided.answer).toMatchObject({ verdict: { result: 'recorded' } });
  });
  it('is accepted once', () => {
    const command = { type: 'AcceptDiscovery', data: ids } as const;
    expect(givenPlatform(...before, suspected(['n3', 'n4'], 4)).when(command).events).toEqual([accepted]);
    expect(givenPlatform(...before, suspected(['n3', 'n4'], 4), accepted).when(command).events).toEqual([]);
  });
  it('may be accepted for one answer only: the next that shrinks is suspect again', () => {
    const given = givenPlatform(...before, suspected(['n3', 'n4'], 4), accepted, shown(clusterOf('c', 2)));
    expect(given.when(submit([]), lease()).answer).toMatchObject({ verdict: { result: 'suspect' } });
  });
  it('is cleared by a later full answer', () => {
    const decided = givenPlatform(...before, suspected(['n3', 'n4'], 4)).when(
      submit([clusterOf('c', 4)]),
      lease(),
    );
    expect(decided.events).toEqual([{ type: 'platform.PlatformAnswerCleared.v1', data: ids }]);
    const after = givenPlatform(
      ...before,
      suspected(['n3', 'n4'], 4),
      ...(decided.events as readonly PlatformEvent[]),
    );
    expect(after.state.view.suspect).toBeNull();
  });
});

describe('a platform that does not answer', () => {
  it('is said at the first failure and at each change of its kind', () => {
    expect(givenShown().when(failing('timeout'), lease()).events).toEqual([unavailable('timeout')]);
    const given = givenPlatform(applied(), leaseTaken(), unavailable('timeout'));
    expect(given.when(failing('timeout'), lease()).events).toEqual([]);
    expect(given.when(failing('refused'), lease()).events).toEqual([unavailable('refused')]);
  });
  it('changes nothing of what is known', () => {
    expect(givenShown(clusterOf('c', 3)).when(failing('unreachable'), lease()).answer).toEqual({
      kind: 'discovery_verdict',
      verdict: { result: 'failed', clusters: [] },
    });
  });
  it('was not asked when the worker never came to it', () => {
    expect(givenShown().when(failing('not_polled'), lease()).events).toEqual([]);
  });
  it('has recovered when it answers, though the answer is as before', () => {
    const given = givenPlatform(applied(), leaseTaken(), shown(clusterOf('c', 1)), unavailable('timeout'));
    expect(given.when(submit([clusterOf('c', 1)]), lease()).events).toEqual([
      { type: 'platform.PlatformRecovered.v1', data: ids },
    ]);
  });
  it('has recovered even when what it answers is suspect', () => {
    const given = givenPlatform(applied(), leaseTaken(), shown(clusterOf('c', 2)), unavailable('timeout'));
    expect(types(given.when(submit([]), lease()).events)).toEqual([
      'PlatformRecovered',
      'PlatformAnswerSuspected',
    ]);
  });
});
