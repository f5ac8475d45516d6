import { describe, expect, it } from '@jest/globals';
import type { Json } from '@replicante/kernel';
import type { AttemptOutcome, Instruction } from '../commands.js';
import type { SimulatedCluster } from '../simulated-cluster.fixture.js';
import { specOf } from '../simulated-cluster.fixture.js';
import { declaring, discoverIn, fresh, ids, orchestratorActionsOf } from '../rules/asked.fixture.js';

const KIND = 'core.replicante.io/platform.provision';
const RULE = 'orchestrator-action-schedule';
const ASKED = { request: { count: 1, node_group_id: 'main' }, stable_after: 20 };

/** A cluster that provisions nothing by itself; what a person asks for is sent, and nothing comes of it. */
function asking(args: Json = ASKED, spec = declaring(0, { active: false })) {
  const cluster = fresh(0, spec);
  const sent: Extract<Instruction, { kind: 'provision' }>[] = [];
  cluster.fate = instruction => {
    if (instruction.kind === 'provision') sent.push(instruction);
    return 'dropped';
  };
  create(cluster, args);
  return { cluster, sent };
}
function create(cluster: SimulatedCluster, args: Json, action_id = 'p'): void {
  cluster.execute({
    type: 'CreateOrchestratorAction',
    data: {
      action: { ...ids, action_id, args, kind: KIND, metadata: {}, timeout: null },
      approval: 'granted',
    },
  });
}
const actionOf = (cluster: SimulatedCluster, id = 'p') => cluster.state.orchestratorActions.get(id);
const finished = (cluster: SimulatedCluster) =>
  cluster.log.flatMap(({ event }) =>
    event.type === 'cluster.OrchestratorActionFinished.v1' ? [event.data.action] : [],
  );
const failure = (cluster: SimulatedCluster) => {
  const [action] = finished(cluster);
  return [action?.state, action?.state_payload_error];
};
const waits = (cluster: SimulatedCluster) => cluster.latest(RULE);
const accepted = (count: number): AttemptOutcome => ({
  kind: 'provision',
  result: 'accepted',
  count,
  node_ids: null,
});

describe('arguments of a provisioning', () => {
  const request = (change: Readonly<Record<string, Json>>): Json => ({
    ...ASKED,
    request: { ...ASKED.request, ...change },
  });
  it.each<[string, Json, string]>([
    ['no count', request({ count: null }), 'args.request.count'],
    ['a count in words', request({ count: '1' }), 'args.request.count'],
    ['part of a node', request({ count: 1.5 }), 'args.request.count'],
    ['no node at all', request({ count: 0 }), 'args.request.count'],
    ['more nodes than a port has numbers', request({ count: 65_536 }), 'args.request.count'],
    ['no request', {}, 'args.request.count'],
    ['no arguments', null, 'args.request.count'],
    ['a list of arguments', [1], 'args.request.count'],
    ['a group that is no name', request({ node_group_id: 7 }), 'args.request.node_group_id'],
    ['a time in words', { ...ASKED, stable_after: '5' }, 'args.stable_after'],
    ['a time before now', { ...ASKED, stable_after: -1 }, 'args.stable_after'],
  ])('are refused, and nothing is sent: %s', (_title, args, named) => {
    const { cluster, sent } = asking(args);
    cluster.cycle();
    expect(failure(cluster)).toEqual([
      'FAILED',
      { error_msg: 'Invalid arguments', error_cause: expect.stringContaining(named) },
    ]);
    expect(sent).toEqual([]);
  });
  it.each([1, 65_535])('may ask for %i', count => {
    const { cluster, sent } = asking(request({ count }));
    cluster.cycle();
    expect(sent).toMatchObject([{ request: { provision: { count } } }]);
  });
  it('may ask for no time of stability: it is over at once', () => {
    const { cluster, sent } = asking({ ...ASKED, stable_after: 0 });
    cluster.cycle();
    cluster.outcome(sent[0]?.attempt_id ?? '', accepted(0));
    cluster.cycle();
    expect(finished(cluster)).toMatchObject([{ state: 'DONE' }]);
  });
  it('may leave out the time of stability: it is five minutes', () => {
    const { cluster, sent } = asking({ request: ASKED.request });
    cluster.cycle();
    cluster.outcome(sent[0]?.attempt_id ?? '', accepted(0));
    const began = cluster.nowMs;
    cluster.cycle();
    cluster.nowMs = began + 299_999;
    cluster.cycle();
    expect(finished(cluster)).toEqual([]);
    cluster.nowMs = began + 300_000;
    cluster.cycle();
    expect(finished(cluster)).toMatchObject([{ state: 'DONE' }]);
  });
});

describe('a provisioning that has nowhere to go', () => {
  it.each<[string, Json, ReturnType<typeof specOf>, string]>([
    [
      'there is no definition',
      ASKED,
      declaring(0, { definition: null, active: false }),
      'no declaration.definition',
    ],
    [
      'the group is none of the definition',
      { ...ASKED, request: { count: 1, node_group_id: 'other' } },
      declaring(0, { active: false }),
      "no node group 'other'",
    ],
    [
      'the group is only what every object has',
      { ...ASKED, request: { count: 1, node_group_id: 'constructor' } },
      declaring(0, { active: false }),
      "no node group 'constructor'",
    ],
  ])('fails: %s', (_title, args, spec, cause) => {
    const { cluster, sent } = asking(args, spec);
    cluster.cycle();
    expect(failure(cluster)).toEqual([
      'FAILED',
      { error_msg: 'Cannot provision', error_cause: expect.stringContaining(cause) },
    ]);
    expect(sent).toEqual([]);
  });
});

describe('a request to the platform', () => {
  it('leaves with the definition, how the platform is asked, and until when it may', () => {
    const { cluster, sent } = asking();
    cluster.cycle();
    const spec = cluster.state.spec.status === 'declared' ? cluster.state.spec.spec : null;
    expect(sent).toEqual([
      {
        kind: 'provision',
        attempt_id: expect.stringMatching(/:provision p 1$/),
        not_after_ms: 5_000,
        platform: {
          base_url: 'http://platform/',
          tls_ca_bundle: null,
          tls_insecure_skip_verify: false,
          token: null,
        },
        request: {
          cluster: spec?.declaration.definition,
          provision: { count: 1, node_group_id: 'main' },
        },
      },
    ]);
  });

  it('was intended before, and the action remembers which nodes of the group were there', () => {
    const { cluster, sent } = asking();
    discoverIn(cluster, { 'pg-2': 'main', 'pg-1': 'main', 'pg-9': 'other' });
    const at = cluster.nowMs;
    cluster.cycle(['none']);
    const attempt_id = sent[0]?.attempt_id;
    const intent = cluster.log.find(e => e.event.type === 'cluster.ProvisionIntended.v1')?.event.data;
    expect(intent).toEqual({
      ...ids,
      action_id: 'p',
      attempt_id,
      node_group_id: 'main',
      count: 1,
      platform: { ns_id: null, name: 'local' },
      not_after: new Date(at + 5_000).toISOString(),
    });
    expect(actionOf(cluster)?.state_payload).toEqual({
      attempt_id,
      attempts: 1,
      requested: false,
      expected: null,
      starting_nodes: ['pg-1', 'pg-2'],
      candidate_nodes: [],
      stable: null,
    });
  });

  it('is in flight until it has expired, to the millisecond; then its outcome is unknown', () => {
    const { cluster, sent } = asking();
    const expires = cluster.nowMs + 5_000;
    cluster.cycle();
    cluster.nowMs = expires;
    cluster.cycle();
    const attempt_id = sent[0]?.attempt_id ?? '';
    expect(waits(cluster)).toMatchObject({ reason: 'ATTEMPT_IN_FLIGHT', waits_on: [attempt_id, 'p'].sort() });
    cluster.nowMs = expires + 1;
    cluster.cycle();
    expect(waits(cluster)).toMatchObject({
      outcome: 'hold',
      reason: 'PROVISION_OUTCOME_UNKNOWN',
      waits_on: [attempt_id, 'p'].sort(),
    });
    const settled = cluster.log.findLast(e => e.event.type === 'cluster.ProvisionSettled.v1')?.event.data;
    expect(settled).toMatchObject({
      attempt_id,
      outcome: 'unknown',
      error: { error_msg: 'No outcome was reported before the attempt expired' },
      late: false,
    });
    const before = cluster.log.length;
    cluster.cycle();
    expect(cluster.log).toHaveLength(before);
  });

  it('is repeated under another attempt, the second, when it was never sent', () => {
    const { cluster, sent } = asking();
    cluster.cycle();
    cluster.outcome(sent[0]?.attempt_id ?? '', { kind: 'provision', result: 'not_sent' });
    cluster.cycle();
    expect(sent[1]?.attempt_id).toMatch(/:provision p 2$/);
    expect(actionOf(cluster)?.state_payload).toMatchObject({ attempts: 2 });
  });

  it('fails the action with the word of the platform when it refused', () => {
    const { cluster, sent } = asking();
    cluster.cycle();
    cluster.outcome(sent[0]?.attempt_id ?? '', {
      kind: 'provision',
      result: 'refused',
      error: { error_msg: 'no room' },
    });
    cluster.cycle();
    expect(failure(cluster)).toEqual([
      'FAILED',
      { error_msg: 'The platform refused to provision', error_cause: 'no room' },
    ]);
  });

  it('fails the action when a later discovery does not show what it was to make', () => {
    const { cluster, sent } = asking();
    cluster.cycle();
    cluster.outcome(sent[0]?.attempt_id ?? '', {
      kind: 'provision',
      result: 'unknown',
      error: { error_msg: '?' },
    });
    cluster.nowMs += 60_000;
    cluster.discover([]);
    cluster.cycle();
    expect(failure(cluster)).toEqual([
      'FAILED',
      { error_msg: 'PROVISION_OUTCOME_UNKNOWN', error_cause: 'A later discovery does not show the node' },
    ]);
  });

  it('goes on with one node when an operator says that it was made', () => {
    const { cluster, sent } = asking();
    cluster.cycle();
    const attempt_id = sent[0]?.attempt_id ?? '';
    cluster.outcome(attempt_id, { kind: 'provision', result: 'unknown', error: { error_msg: '?' } });
    cluster.execute({ type: 'SettleProvision', data: { ...ids, attempt_id, provisioned: true } });
    cluster.cycle();
    expect(waits(cluster)).toMatchObject({
      reason: 'WAITS_FOR_DISCOVERY',
      message: 'Discovery shows 0 of 1 new nodes',
      waits_on: ['p'],
    });
  });
});

describe('a platform that holds calls of the worker', () => {
  const BASE_URL = 'http://platform/';
  const intents = (cluster: SimulatedCluster): number =>
    cluster.types().filter(type => type === 'ProvisionIntended').length;

  it('is asked nothing more while it is busy: nothing is intended, and that is said once', () => {
    const { cluster, sent } = asking();
    cluster.platformCalls = { awaited: [], busy: ['http://other/', BASE_URL] };
    cluster.cycle();
    cluster.cycle();
    const before = cluster.log.length;
    cluster.cycle();
    cluster.cycle();
    expect(cluster.log).toHaveLength(before);
    expect(sent).toEqual([]);
    expect(intents(cluster)).toBe(0);
    expect(waits(cluster)).toMatchObject({ outcome: 'hold', reason: 'PLATFORM_BUSY', waits_on: ['p'] });
  });

  it('is asked in the next cycle in which it has room, as the first attempt', () => {
    const { cluster, sent } = asking();
    cluster.platformCalls = { awaited: [], busy: [BASE_URL] };
    cluster.cycle();
    cluster.platformCalls = { awaited: [], busy: ['http://other/'] };
    cluster.cycle();
    expect(sent).toMatchObject([{ attempt_id: expect.stringMatching(/:provision p 1$/) }]);
    expect(waits(cluster)).toMatchObject({ reason: 'ATTEMPT_IN_FLIGHT' });
  });

  it('leaves the attempt in flight for as long as its answer is awaited, expired or not', () => {
    const { cluster, sent } = asking();
    cluster.cycle();
    cluster.platformCalls = { awaited: [sent[0]?.attempt_id ?? ''], busy: [] };
    cluster.cycle();
    const before = cluster.log.length;
    cluster.cycle();
    cluster.cycle();
    expect(cluster.log).toHaveLength(before);
    cluster.platformCalls = { awaited: ['another'], busy: [] };
    cluster.cycle();
    expect(waits(cluster)).toMatchObject({ reason: 'PROVISION_OUTCOME_UNKNOWN' });
  });

  it('is not asked again under its key while the first answer is awaited, nor while it is busy', () => {
    const { cluster, sent } = asking();
    cluster.idempotencyKeys = true;
    cluster.cycle();
    const attempt_id = sent[0]?.attempt_id ?? '';
    cluster.platformCalls = { awaited: [attempt_id], busy: [BASE_URL] };
    cluster.cycle();
    expect(waits(cluster)).toMatchObject({ reason: 'ATTEMPT_IN_FLIGHT' });
    cluster.platformCalls = { awaited: [], busy: [BASE_URL] };
    cluster.cycle();
    expect(waits(cluster)).toMatchObject({
      reason: 'PLATFORM_BUSY',
      waits_on: [attempt_id, 'p'].sort(),
    });
    expect(intents(cluster)).toBe(1);
    cluster.platformCalls = undefined;
    cluster.cycle();
    expect(sent.map(instruction => instruction.attempt_id)).toEqual([attempt_id, attempt_id]);
  });
});

describe('nodes that the platform promised', () => {
  it('are those of the group that were not there before, and must stay for their time', () => {
    const { cluster, sent } = asking();
    discoverIn(cluster, { 'pg-1': 'main' });
    cluster.cycle(['none']);
    cluster.outcome(sent[0]?.attempt_id ?? '', accepted(1));
    discoverIn(cluster, { 'pg-1': 'main', 'pg-9': 'other' });
    cluster.cycle(['none']);
    expect(waits(cluster)?.reason).toBe('WAITS_FOR_DISCOVERY');
    discoverIn(cluster, { 'pg-1': 'main', 'pg-9': 'other', 'pg-2': 'main' });
    const stable = new Date(cluster.nowMs).toISOString();
    cluster.cycle(['none']);
    expect(waits(cluster)).toMatchObject({ reason: 'WAITS_FOR_STABILITY', waits_on: ['p'] });
    expect(actionOf(cluster)?.state_payload).toMatchObject({
      requested: true,
      expected: 1,
      starting_nodes: ['pg-1'],
      candidate_nodes: ['pg-2'],
      stable,
    });
    cluster.cycle(['none']);
    cluster.cycle(['none']);
    expect(finished(cluster)).toMatchObject([{ state: 'DONE', state_payload: { stable } }]);
  });
});

describe('an attempt of another action for the same group', () => {
  const given = (outcome: AttemptOutcome | null, group = 'main') => {
    const world = asking();
    const { cluster, sent } = world;
    cluster.cycle();
    const attempt_id = sent[0]?.attempt_id ?? '';
    if (outcome) cluster.outcome(attempt_id, outcome);
    cluster.execute({ type: 'CancelAction', data: { ...ids, action_id: 'p' } });
    create(cluster, { ...ASKED, request: { count: 1, node_group_id: group } }, 'q');
    cluster.cycle();
    return { ...world, attempt_id };
  };
  it.each<[string, AttemptOutcome | null]>([
    ['open', null],
    ['unknown', { kind: 'provision', result: 'unknown', error: { error_msg: '?' } }],
    ['accepted', accepted(1)],
  ])('is waited for while it is %s: its node may still come', (_title, outcome) => {
    const { cluster, sent, attempt_id } = given(outcome);
    expect(sent).toHaveLength(1);
    cluster.cycle();
    expect(waits(cluster)).toMatchObject({
      reason: 'PROVISION_OUTCOME_UNKNOWN',
      waits_on: [attempt_id, 'q'].sort(),
    });
    expect(actionOf(cluster, 'q')?.state_payload).toMatchObject({ attempt_id: null, attempts: 0 });
  });
  it('is not waited for when the platform refused it', () => {
    const { sent } = given({ kind: 'provision', result: 'refused', error: { error_msg: 'no room' } });
    expect(sent).toHaveLength(2);
  });
});

it('an action of a rule and one of a person are of one kind', () => {
  const cluster = fresh(0, specOf(1));
  cluster.cycle();
  expect(orchestratorActionsOf(cluster)).toMatchObject([{ kind: KIND }]);
});
