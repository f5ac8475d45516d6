import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import type { RejectedError } from '@replicante/kernel';
import type { GrpcClient, RunningService } from '@replicante/service';
import { openGrpcClient } from '@replicante/service';
import type { TestPostgres } from '@replicante/testing';
import { eventually, startTestPostgres } from '@replicante/testing';
import { v4, v7 } from 'uuid';
import { startCommand } from './index.js';
import type { CommandResponse } from './users/user-commands.js';

let postgres: TestPostgres;
let service: RunningService;
let users: GrpcClient;
let control: GrpcClient;

const start = (): Promise<RunningService> =>
  startCommand({
    environment: {
      DATABASE_URL: postgres.url,
      GRPC_PORT: '0',
      PROBE_PORT: '0',
      LOG_LEVEL: 'fatal',
      INSTANCE_NAME: 'command-test',
    },
  });
const clients = (address: string): void => {
  users = openGrpcClient({
    address,
    proto: 'command.proto',
    service: 'replicante.command.v1.CommandService',
  });
  control = openGrpcClient({
    address,
    proto: 'control.proto',
    service: 'replicante.control.v1.ControlService',
  });
};
const meta = (command_id: string = v7()): object => ({ command_id, claimed_actor: 'jo' });
const send = (method: string, request: object): Promise<CommandResponse> =>
  users.call<CommandResponse>(method, request, { deadlineMs: 10_000 });
const apply = (kind: string, spec: object, command_id?: string): Promise<CommandResponse> =>
  send('Apply', {
    meta: meta(command_id),
    manifest_json: JSON.stringify({ apiVersion: 'replicante.io/v0', kind, spec }),
  });
const refusal = async (call: Promise<unknown>): Promise<RejectedError['rejection']> => {
  const error: unknown = await call.then(
    () => new Error('was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof Error && 'rejection' in error) return error.rejection as RejectedError['rejection'];
  throw error;
};
const clusterSpec = (cluster_id: string, ns_id = 'default'): object => ({ ns_id, cluster_id, interval: 1 });

beforeAll(async () => {
  postgres = await startTestPostgres();
  service = await start();
  clients(service.addresses.grpc ?? '');
}, 60_000);

afterAll(async () => {
  users?.close();
  control?.close();
  await service?.stop();
  await postgres?.stop();
});

describe('users’ commands over gRPC', () => {
  it('refuse what is in a namespace that does not exist, then take it in order', async () => {
    expect(await refusal(apply('ClusterSpec', clusterSpec('pg')))).toMatchObject({
      code: 'NAMESPACE_NOT_FOUND',
    });
    const ns = await apply('Namespace', { id: 'default' });
    expect(ns).toMatchObject({ ref: 'Namespace/default', changed: true, repeated: false, revision: '0' });
    const platform = await apply('Platform', {
      ns_id: 'default',
      name: 'local',
      url: { base_url: 'http://127.0.0.1:1' },
    });
    expect(platform).toMatchObject({ ref: 'Platform/default/local', changed: true });
    const cluster = await apply('ClusterSpec', clusterSpec('pg'));
    expect(cluster).toMatchObject({ ref: 'ClusterSpec/default/pg', changed: true });
    expect(cluster.position > ns.position).toBe(true);
  });

  it('answer the present revision when nothing changes, and the first answer to a repeat', async () => {
    expect(await apply('Namespace', { id: 'default' })).toMatchObject({ changed: false, revision: '0' });
    const id = v7();
    const first = await apply('ClusterSpec', clusterSpec('again'), id);
    expect(await apply('ClusterSpec', clusterSpec('again'), id)).toEqual({ ...first, repeated: true });
  });

  it('refuse another payload under a used id', async () => {
    const id = v7();
    await apply('ClusterSpec', { ...clusterSpec('reused'), interval: 5 }, id);
    expect(await refusal(apply('ClusterSpec', { ...clusterSpec('reused'), interval: 6 }, id))).toMatchObject({
      code: 'COMMAND_ID_REUSED',
    });
  });

  it('make an action, approve it once, and tell the second time why not', async () => {
    const action = {
      ns_id: 'default',
      cluster_id: 'pg',
      node_id: 'n1',
      kind: 'test.replicante.io/x',
      approval: 'required',
    };
    const id = v7();
    const created = await apply('NAction', action, id);
    expect(created.action_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.ref).toBe(`NAction/default/pg/n1/${created.action_id}`);
    expect(await apply('NAction', action, id)).toEqual({ ...created, repeated: true });
    const target = { ns_id: 'default', cluster_id: 'pg', action_id: created.action_id };
    expect(await send('ApproveAction', { meta: meta(), ...target })).toMatchObject({ changed: true });
    expect(await refusal(send('ApproveAction', { meta: meta(), ...target }))).toMatchObject({
      code: 'ACTION_NOT_PENDING_APPROVAL',
    });
    expect(await refusal(send('CancelAction', { meta: meta(), ...target, action_id: v4() }))).toMatchObject({
      code: 'ACTION_NOT_FOUND',
    });
  });

  it('record a raised epoch once per command', async () => {
    const meta1 = meta();
    const call = (request: object) =>
      users.call<{ epoch: string }>('NewCoordinatorEpoch', request, { deadlineMs: 5_000 });
    const { epoch } = await call({ meta: meta1, reason: 'coordinator restored' });
    expect(await call({ meta: meta1, reason: 'coordinator restored' })).toEqual({ epoch });
    expect(Number((await call({ meta: meta(), reason: 'again' })).epoch)).toBeGreaterThan(Number(epoch));
  });

  it('refuse everything new in a namespace that is going away', async () => {
    await apply('Namespace', { id: 'leaving' });
    expect(await send('DeleteNamespace', { meta: meta(), id: 'leaving' })).toMatchObject({ changed: true });
    expect(await refusal(apply('ClusterSpec', clusterSpec('pg', 'leaving')))).toMatchObject({
      code: 'NAMESPACE_DELETING',
    });
  });
});

describe('malformed input', () => {
  it.each<[string, object, string, readonly string[]]>([
    ['Apply', {}, 'INVALID_REQUEST', ['meta', 'manifest_json']],
    ['Apply', { meta: { command_id: 'x' } }, 'INVALID_REQUEST', ['meta.command_id', 'manifest_json']],
    ['Apply', { meta: { command_id: v4() }, manifest_json: '{}' }, 'INVALID_REQUEST', ['meta.command_id']],
    ['Apply', { meta: meta(), manifest_json: '{' }, 'MANIFEST_INVALID', ['manifest_json']],
    ['Apply', { meta: meta(), manifest_json: '[]' }, 'MANIFEST_INVALID', []],
    ['Apply', { meta: meta(), manifest_json: 'null' }, 'MANIFEST_INVALID', []],
    [
      'Apply',
      { meta: meta(), manifest_json: '{"apiVersion":"replicante.io/v0","kind":"Nope","spec":{}}' },
      'RESOURCE_NOT_SUPPORTED',
      [],
    ],
    [
      'Apply',
      {
        meta: meta(),
        manifest_json: '{"apiVersion":"replicante.io/v0","kind":"ClusterSpec","spec":{"interval":"x"}}',
      },
      'MANIFEST_INVALID',
      ['spec.interval', 'spec.cluster_id'],
    ],
    [
      'ApproveAction',
      { meta: meta(), ns_id: 'a:b', cluster_id: '' },
      'INVALID_REQUEST',
      ['ns_id', 'cluster_id', 'action_id'],
    ],
    ['DeleteNamespace', { meta: meta(), id: 'x'.repeat(129) }, 'INVALID_REQUEST', ['id']],
    ['OrchestrateCluster', { meta: meta(), ns_id: 'default', cluster_id: 'none' }, 'CLUSTER_NOT_FOUND', []],
    ['DiscoverPlatform', { meta: meta(), ns_id: 'default', name: 'none' }, 'PLATFORM_NOT_FOUND', []],
    [
      'Apply',
      {
        meta: { command_id: '01000000-0000-7000-8000-000000000000' },
        manifest_json: '{"apiVersion":"replicante.io/v0","kind":"Namespace","spec":{"id":"old"}}',
      },
      'COMMAND_ID_TOO_OLD',
      ['meta.command_id'],
    ],
    [
      'Apply',
      {
        meta: { command_id: v7(), traceparent: 'nope', claimed_actor: 'x'.repeat(129) },
        manifest_json: '{}',
      },
      'INVALID_REQUEST',
      ['meta.claimed_actor', 'meta.traceparent'],
    ],
  ])('%s of %j is %s and names each field', async (method, request, code, fields) => {
    const { code: answered, violations = [] } = await refusal(send(method, request));
    expect(answered).toBe(code);
    expect(violations.map(violation => violation.field)).toEqual(expect.arrayContaining([...fields]));
    for (const { description } of violations) expect(description).not.toBe('');
  });

  it('larger than a message may be is refused as that', async () => {
    const refused = await refusal(
      send('Apply', { meta: meta(), manifest_json: 'x'.repeat(17 * 1024 * 1024) }),
    );
    expect(refused.code).toBe('REQUEST_TOO_LARGE');
  });
});

describe('the worker’s calls', () => {
  const lease = (token: number, holder = 'w1') => ({ work: 'cycle', epoch: 1, token, holder });
  const controlMeta = (token: number, holder?: string) => ({
    command_id: v7(),
    correlation_id: v7(),
    worker: 'w1',
    lease: lease(token, holder),
  });
  const target = { ns_id: 'default', cluster_id: 'pg' };
  const begin = (token: number, holder?: string): Promise<{ plan_json: string }> =>
    control.call(
      'BeginCycle',
      { meta: controlMeta(token, holder), ...target, cycle_id: v7() },
      { deadlineMs: 5_000 },
    );

  it('fence the older lease although nothing else changed', async () => {
    expect(JSON.parse((await begin(5)).plan_json)).toMatchObject({ mode: expect.any(String), nodes: [] });
    await begin(6, 'w2');
    expect(await refusal(begin(5))).toMatchObject({ code: 'FENCED' });
  });

  it('answer a whole cycle with instructions and a sample', async () => {
    const plan = JSON.parse((await begin(7)).plan_json) as { cycle_id: string; spec_revision: number };
    const observation = {
      cycle_id: plan.cycle_id,
      observer: 'w1',
      spec_revision: plan.spec_revision,
      cycle_age_ms: 3,
      nodes: [],
    };
    const answer = await control.call<{ instructions_json: string; sample_json: string }>(
      'SubmitObservation',
      {
        meta: controlMeta(7),
        ...target,
        observation_json: JSON.stringify(observation),
        act_within_ms: 1_000,
      },
      { deadlineMs: 5_000 },
    );
    expect(JSON.parse(answer.instructions_json)).toEqual([]);
    expect(JSON.parse(answer.sample_json)).toMatchObject({
      ...target,
      cycle_id: plan.cycle_id,
      observer: 'w1',
    });
  });

  it('refuse documents that are none, and a lease that is missing', async () => {
    const broken = { meta: controlMeta(7), ...target, observation_json: '{"nodes":3}', act_within_ms: 1 };
    const refused = await refusal(control.call('SubmitObservation', broken, { deadlineMs: 5_000 }));
    expect(refused.code).toBe('INVALID_REQUEST');
    expect(refused.violations?.map(v => v.field)).toContain('observation_json.nodes');
    const without = {
      meta: { command_id: v7(), correlation_id: 'c', worker: 'w' },
      ...target,
      cycle_id: 'c',
    };
    expect(
      (await refusal(control.call('BeginCycle', without, { deadlineMs: 5_000 }))).violations,
    ).toMatchObject([{ field: 'meta.lease' }]);
  });

  it('record what a platform shows on the stream of each cluster, once per discovery', async () => {
    const metaOf = () => ({ ...controlMeta(9), lease: { ...lease(9), work: 'discovery:local' } });
    const of = { ns_id: 'default', name: 'local' };
    const { plan_json } = await control.call<{ plan_json: string }>(
      'BeginDiscovery',
      { meta: metaOf(), ...of },
      { deadlineMs: 5_000 },
    );
    expect(JSON.parse(plan_json)).toMatchObject({ base_url: expect.stringContaining('127.0.0.1') });
    const node = { agent_address: 'http://127.0.0.1:2', node_class: 'c', node_id: 'n1', node_group: null };
    const observation_json = JSON.stringify({
      discovery_id: v7(),
      observer: 'w1',
      age_ms: 5,
      idempotency_keys: true,
      unreadable: [],
      answer: { ok: true, value: [{ cluster_id: 'shown', nodes: [node] }] },
    });
    const request = { meta: metaOf(), ...of, observation_json };
    const submit = (): Promise<{ result: string; position: string }> =>
      control.call('SubmitDiscovery', request, { deadlineMs: 5_000 });
    const first = await submit();
    expect(first.result).toBe('recorded');
    expect(await submit()).toEqual(first);
    const plan = await control.call<{ plan_json: string }>(
      'BeginCycle',
      { meta: controlMeta(9), ns_id: 'default', cluster_id: 'shown', cycle_id: v7() },
      { deadlineMs: 5_000 },
    );
    expect(JSON.parse(plan.plan_json)).toMatchObject({ nodes: [{ node_id: 'n1' }] });
  });
});

describe('the service', () => {
  it('answers reflection and the standard health service', async () => {
    const client = new Client(service.addresses.grpc ?? '', credentials.createInsecure());
    const serving = await new Promise<Buffer>((resolve, reject) =>
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.alloc(0),
        (error, answer) => (error ? reject(error) : resolve(answer ?? Buffer.alloc(0))),
      ),
    );
    expect([...serving]).toEqual([8, 1]);
    const listed = await new Promise<string>((resolve, reject) => {
      const call = client.makeBidiStreamRequest(
        '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
      );
      call.on('data', (answer: Buffer) => {
        resolve(answer.toString('latin1'));
        call.end();
      });
      call.on('error', reject);
      // list_services: field 7, an empty text.
      call.write(Buffer.from([0x3a, 0x00]));
    });
    expect(listed).toContain('replicante.command.v1.CommandService');
    expect(listed).toContain('replicante.control.v1.ControlService');
    client.close();
  });

  it('is ready, and counts commands by type and result', async () => {
    const probes = `http://${service.addresses.probes ?? ''}`;
    expect((await fetch(`${probes}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${probes}/metrics`)).text();
    expect(metrics).toMatch(
      /replicante_command_duration_seconds_count\{[^}]*type="ApplyNamespace",result="accepted"[^}]*\} \d/,
    );
  });

  it('says EVENT_STORE_UNAVAILABLE while the database is down, and goes on by itself after it', async () => {
    await postgres.kill();
    expect(['EVENT_STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN']).toContain(
      (await refusal(apply('Namespace', { id: 'while-down' }))).code,
    );
    await postgres.restart();
    const id = v7();
    const done = await eventually(() => apply('Namespace', { id: 'after' }, id), { within: 20_000 });
    expect(done.ref).toBe('Namespace/after');
  });

  it('says in one sentence that its port is taken', async () => {
    const port = (service.addresses.grpc ?? '').split(':')[1] ?? '';
    const environment = { DATABASE_URL: postgres.url, GRPC_PORT: port, PROBE_PORT: '0', LOG_LEVEL: 'fatal' };
    await expect(startCommand({ environment })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('is in use by another process'),
    });
  });

  it('stops in order, answers nothing afterwards, and starts again on what it left', async () => {
    await service.stop();
    expect((await refusal(apply('Namespace', { id: 'late' }))).code).toBe('SERVICE_UNAVAILABLE');
    users.close();
    control.close();
    service = await start();
    clients(service.addresses.grpc ?? '');
    expect(await apply('Namespace', { id: 'default' })).toMatchObject({ changed: false });
  });
});
