import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import { RawGrpc, serviceOf } from './raw-grpc.fixture.js';
import { Suite } from './suite.fixture.js';

const COMMAND = serviceOf('replicante.command.v1.CommandService');
const CONTROL = serviceOf('replicante.control.v1.ControlService');
const CONTROL_TOKEN = 'of-the-worker-and-this-test';
const API = 'replicante.io/v0';
const DAY_MS = 86_400_000;
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----';

let suite: Suite;
let grpc: RawGrpc;
let head = '';

const meta = (commandId = v7()) => ({ command_id: commandId });
const manifest = (kind: string, spec: object) => JSON.stringify({ apiVersion: API, kind, spec });
const apply = (text: string, commandId = v7()) => ({ meta: meta(commandId), manifest_json: text });
const headNow = async (): Promise<string> =>
  (await suite.graphql<{ status: { head: string } }>('{ status { head } }')).status.head;

beforeAll(async () => {
  suite = await Suite.create({ CONTROL_TOKEN });
  await suite.start('--empty');
  grpc = new RawGrpc(`127.0.0.1:${suite.grpc}`, CONTROL_TOKEN);
  const prepare = (kind: string, spec: object) => grpc.answer(COMMAND, 'Apply', apply(manifest(kind, spec)));
  await prepare('Namespace', { id: 'default' });
  await prepare('ClusterSpec', { ns_id: 'default', cluster_id: 'c', active: false, interval: 3_600 });
}, 90_000);
afterAll(async () => {
  grpc?.close();
  await suite?.destroy();
}, 120_000);

/** Whatever was refused has left nothing behind, and nobody has died of it. */
const leavesNothing = (): void => {
  beforeEach(async () => {
    head = await headNow();
  });
  afterEach(async () => {
    expect(await headNow()).toBe(head);
    expect(suite.running.isRunning()).toBe(true);
    expect((await fetch(`${suite.url}/services/command/readyz`)).status).toBe(200);
  });
};

describe('a command id', () => {
  leavesNothing();
  const remove = (commandId: string) =>
    grpc.refusal(COMMAND, 'DeleteNamespace', { meta: { command_id: commandId }, id: 'nobody' });

  it.each([
    ['', 'is missing'],
    [randomUUID(), 'is no UUIDv7'],
    ['zz', 'is no UUID'],
  ])('%j is refused: it %s', async commandId => {
    expect(await remove(commandId)).toMatchObject({
      status: 'INVALID_ARGUMENT',
      code: 'INVALID_REQUEST',
      fields: ['meta.command_id'],
    });
  });

  it('is refused when it is older than repeats are known, or from the future', async () => {
    expect(await remove(v7({ msecs: Date.now() - 2 * DAY_MS }))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      code: 'COMMAND_ID_TOO_OLD',
      fields: ['meta.command_id'],
    });
    expect(await remove(v7({ msecs: Date.now() + 2 * DAY_MS }))).toMatchObject({
      code: 'INVALID_REQUEST',
      fields: ['meta.command_id'],
    });
  });
});

describe('a command', () => {
  leavesNothing();

  it('is refused with all its violations at once', async () => {
    const refusal = await grpc.refusal(COMMAND, 'RetryRule', {
      meta: { command_id: 'x', traceparent: 'y', claimed_actor: 'z'.repeat(200) },
      ns_id: 'a b',
      cluster_id: 'x'.repeat(129),
    });
    expect(refusal).toMatchObject({ status: 'INVALID_ARGUMENT', code: 'INVALID_REQUEST' });
    expect([...refusal.fields].sort()).toEqual([
      'cluster_id',
      'meta.claimed_actor',
      'meta.command_id',
      'meta.traceparent',
      'ns_id',
      'rule',
      'subject',
    ]);
    expect(refusal.violations.filter(v => v.description === '')).toEqual([]);
  });

  it.each([
    ['OrchestrateCluster', { ns_id: 'default', cluster_id: 'nope' }, 'NOT_FOUND', 'CLUSTER_NOT_FOUND'],
    ['OrchestrateCluster', { ns_id: 'nope', cluster_id: 'c' }, 'NOT_FOUND', 'CLUSTER_NOT_FOUND'],
    ['DiscoverPlatform', { ns_id: 'default', name: 'nope' }, 'NOT_FOUND', 'PLATFORM_NOT_FOUND'],
    ['AcceptDiscovery', { ns_id: 'default', name: 'nope' }, 'NOT_FOUND', 'PLATFORM_NOT_FOUND'],
    ['OrchestrateCluster', { ns_id: 'default', cluster_id: 'c' }, 'FAILED_PRECONDITION', 'CLUSTER_INACTIVE'],
    [
      'ReinitialiseCluster',
      { ns_id: 'default', cluster_id: 'c' },
      'FAILED_PRECONDITION',
      'DATA_LOSS_NOT_ACCEPTED',
    ],
    [
      'RetryRule',
      { ns_id: 'default', cluster_id: 'c', rule: 'x', subject: 'cluster' },
      'FAILED_PRECONDITION',
      'NOTHING_TO_SETTLE',
    ],
    [
      'SettleProvision',
      { ns_id: 'default', cluster_id: 'c', attempt_id: 'x', provisioned: true },
      'FAILED_PRECONDITION',
      'NOTHING_TO_SETTLE',
    ],
    ['NewCoordinatorEpoch', {}, 'INVALID_ARGUMENT', 'INVALID_REQUEST'],
  ])('%s %j is refused with %s', async (method, request, status, code) => {
    expect(await grpc.refusal(COMMAND, method, { meta: meta(), ...request })).toMatchObject({ status, code });
  });

  it.each(['ApproveAction', 'RejectAction', 'CancelAction'])(
    '%s of an unknown action is NOT_FOUND',
    async m => {
      const request = { meta: meta(), ns_id: 'default', cluster_id: 'c', action_id: randomUUID() };
      expect(await grpc.refusal(COMMAND, m, request)).toMatchObject({
        status: 'NOT_FOUND',
        code: 'ACTION_NOT_FOUND',
      });
    },
  );

  it.each([
    ['DeleteNamespace', { id: 'nobody' }],
    ['DeletePlatform', { ns_id: 'default', name: 'nobody' }],
    ['DeleteClusterSpec', { ns_id: 'default', cluster_id: 'nobody' }],
  ])('%s of what is not there changes nothing and says so', async (method, request) => {
    expect(await grpc.answer(COMMAND, method, { meta: meta(), ...request })).toMatchObject({
      changed: false,
    });
  });
});

describe('bytes that are no request', () => {
  leavesNothing();
  const path = COMMAND['DeleteNamespace']?.path ?? '';

  it.each([
    ['no protobuf', Buffer.from([0xff, 0xff, 0xff, 7, 1])],
    ['a text', Buffer.from('{"meta":{}}')],
    ['a name that is not UTF-8', Buffer.from([0x12, 2, 0xc3, 0x28])],
  ])('%s: refused as the caller’s fault', async (_, bytes) => {
    expect(await grpc.send(path, bytes)).toMatchObject({
      status: 'INVALID_ARGUMENT',
      code: 'INVALID_REQUEST',
    });
  });

  it('too many: refused', async () => {
    expect(await grpc.send(path, Buffer.alloc(17 * 1024 * 1024))).toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
    });
  });

  it('to methods and services that are not there: UNIMPLEMENTED', async () => {
    for (const nowhere of ['/replicante.command.v1.CommandService/Nope', '/nope.Nope/Nope'])
      expect(await grpc.send(nowhere, Buffer.alloc(0))).toMatchObject({ status: 'UNIMPLEMENTED' });
  });
});

describe('a manifest', () => {
  leavesNothing();

  it.each([
    ['no JSON', '{"a":', 'MANIFEST_INVALID', ['manifest_json']],
    ['a list', '[]', 'MANIFEST_INVALID', ['']],
    ['too deep', '['.repeat(9_000) + ']'.repeat(9_000), 'MANIFEST_INVALID', ['']],
    ['too long', ' '.repeat(1_048_577), 'INVALID_REQUEST', ['manifest_json']],
    ['of an unknown kind', manifest('Clutser', {}), 'RESOURCE_NOT_SUPPORTED', ['kind']],
    [
      'of an unknown apiVersion',
      JSON.stringify({ apiVersion: 'v9', kind: 'Namespace', spec: {} }),
      'RESOURCE_NOT_SUPPORTED',
      ['apiVersion'],
    ],
    [
      'with a secret in the open',
      manifest('Namespace', { id: 'x', agents: { token: 'sesame' } }),
      'MANIFEST_INVALID',
      ['spec.agents.token'],
    ],
    [
      'with a private key in an argument',
      manifest('NAction', {
        ns_id: 'default',
        cluster_id: 'c',
        node_id: 'n',
        kind: 'agent.replicante.io/x',
        args: { key: KEY },
      }),
      'MANIFEST_INVALID',
      ['spec.args.key'],
    ],
  ])('that is %s is refused', async (_, text, code, fields) => {
    expect(await grpc.refusal(COMMAND, 'Apply', apply(text))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      code,
      fields,
    });
  });

  it('with unknown fields and words is refused with what was meant', async () => {
    const refusal = await grpc.refusal(
      COMMAND,
      'Apply',
      apply(manifest('Namespace', { id: 'x', agnets: {}, status: 'active' })),
    );
    expect(refusal.violations).toEqual([
      { field: 'spec.agnets', description: expect.stringContaining('did you mean `agents`') },
      { field: 'spec.status', description: expect.stringContaining('did you mean `Active`') },
    ]);
  });

  it('with wrong types and values is refused with all of them', async () => {
    const { code, fields } = await grpc.refusal(
      COMMAND,
      'Apply',
      apply(
        manifest('ClusterSpec', {
          ns_id: 5,
          cluster_id: '',
          interval: 'x',
          declaration: { definition: { cluster_id: 'o', store: 1, nodes: { main: { desired_count: -1 } } } },
        }),
      ),
    );
    expect(code).toBe('MANIFEST_INVALID');
    expect(fields).toEqual(
      expect.arrayContaining([
        'spec.ns_id',
        'spec.cluster_id',
        'spec.interval',
        'spec.platform',
        'spec.declaration.definition.store',
        'spec.declaration.definition.store_version',
        'spec.declaration.definition.nodes.main.desired_count',
        'spec.declaration.definition.nodes.main.node_class',
      ]),
    );
  });

  it.each([
    ['ClusterSpec', { ns_id: 'nope', cluster_id: 'c' }, 'NAMESPACE_NOT_FOUND', ['spec.ns_id']],
    [
      'Platform',
      { ns_id: 'nope', name: 'p', discovery: { interval: 1 }, url: { base_url: 'http://127.0.0.1:1/' } },
      'NAMESPACE_NOT_FOUND',
      ['spec.ns_id'],
    ],
    [
      'NAction',
      { ns_id: 'default', cluster_id: 'nope', node_id: 'n', kind: 'agent.replicante.io/x' },
      'CLUSTER_NOT_FOUND',
      ['spec.cluster_id'],
    ],
  ])('%s %j is refused: what it belongs to is not there', async (kind, spec, code, fields) => {
    expect(await grpc.refusal(COMMAND, 'Apply', apply(manifest(kind, spec)))).toMatchObject({
      status: 'NOT_FOUND',
      code,
      fields,
    });
  });
});

describe('a call of a worker', () => {
  leavesNothing();
  const lease = { work: 'cycle', epoch: '1', token: '1', holder: 'h' };
  const work = (more: object = {}) => ({
    meta: { ...meta(), correlation_id: 'c', worker: 'w', lease, ...more },
    ns_id: 'default',
    cluster_id: 'nope',
  });

  it('is refused with all its violations, each once', async () => {
    const { code, fields } = await grpc.refusal(CONTROL, 'SubmitObservation', {
      ...work({ worker: '', lease: { ...lease, epoch: '18446744073709551615', holder: '' } }),
      act_within_ms: 4_000_000_000,
    });
    expect(code).toBe('INVALID_REQUEST');
    expect([...fields].sort()).toEqual([
      'act_within_ms',
      'meta.lease.epoch',
      'meta.lease.holder',
      'meta.worker',
      'observation_json',
    ]);
    expect(await grpc.refusal(CONTROL, 'BeginCycle', { ns_id: 'default', cluster_id: 'c' })).toMatchObject({
      code: 'INVALID_REQUEST',
      fields: expect.arrayContaining(['meta', 'cycle_id']),
    });
  });

  it.each([
    ['SubmitObservation', { observation_json: '[' }, ['observation_json']],
    [
      'SubmitObservation',
      {
        observation_json:
          '{"cycle_id":"c","observer":"w","spec_revision":1,"cycle_age_ms":-5,"nodes":[null,5]}',
      },
      ['observation_json.cycle_age_ms', 'observation_json.nodes.0', 'observation_json.nodes.1'],
    ],
    ['RecordOutcome', { attempt_id: 'a', outcome_json: '{"kind":"x","result":"y"}' }, ['outcome_json.kind']],
  ])('%s with the document %j is refused at its path', async (method, more, fields) => {
    expect(await grpc.refusal(CONTROL, method, { ...work(), ...more })).toMatchObject({
      status: 'INVALID_ARGUMENT',
      code: 'INVALID_REQUEST',
      fields,
    });
  });

  it('for a cluster that nobody knows is NOT_FOUND', async () => {
    expect(await grpc.refusal(CONTROL, 'BeginCycle', { ...work(), cycle_id: v7() })).toMatchObject({
      status: 'NOT_FOUND',
      code: 'CLUSTER_NOT_FOUND',
    });
  });
});

describe('an action that waits for approval', () => {
  const of = { ns_id: 'default', cluster_id: 'c' };

  it('is created once per id, decided once, and cancelled only while unfinished', async () => {
    const action_id = randomUUID();
    const spec = { ...of, action_id, node_id: 'n', kind: 'agent.replicante.io/x', approval: 'required' };
    const create = () => grpc.call(COMMAND, 'Apply', apply(manifest('NAction', spec)));
    const first = await create();
    if ('refusal' in first) throw new Error(JSON.stringify(first.refusal));
    expect(await create()).toMatchObject({ refusal: { status: 'ALREADY_EXISTS', code: 'ACTION_EXISTS' } });
    const decide = (method: string) => grpc.call(COMMAND, method, { meta: meta(), ...of, action_id });
    expect(await decide('RejectAction')).toMatchObject({ answer: { changed: true } });
    const before = await headNow();
    for (const method of ['ApproveAction', 'RejectAction'])
      expect(await decide(method)).toMatchObject({
        refusal: { status: 'FAILED_PRECONDITION', code: 'ACTION_NOT_PENDING_APPROVAL' },
      });
    expect(await decide('CancelAction')).toMatchObject({
      refusal: { status: 'FAILED_PRECONDITION', code: 'ACTION_FINISHED' },
    });
    expect(await headNow()).toBe(before);
  });
});

describe('a spec', () => {
  it('is deleted once, however often it is asked for', async () => {
    const request = () => ({ meta: meta(), ns_id: 'default', cluster_id: 'c' });
    expect(await grpc.answer(COMMAND, 'DeleteClusterSpec', request())).toMatchObject({ changed: true });
    const before = await headNow();
    expect(await grpc.answer(COMMAND, 'DeleteClusterSpec', request())).toMatchObject({ changed: false });
    expect(await headNow()).toBe(before);
  });
});
