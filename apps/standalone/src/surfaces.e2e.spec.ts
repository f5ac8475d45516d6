import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSync } from '@grpc/proto-loader';
import { eventSchemas } from '@replicante/contracts';
import { eventually, startProcess } from '@replicante/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { v7 } from 'uuid';
import { LOADING, RawGrpc, serviceOf } from './raw-grpc.fixture.js';
import { REPLICTL, Suite } from './suite.fixture.js';

const COMMAND = serviceOf('replicante.command.v1.CommandService');
const SERVICES = ['command', 'projection', 'query', 'scheduler', 'worker'];

interface Stored {
  readonly type: string;
  readonly commandId: string;
  readonly data: unknown;
}

describe('the surfaces of a converged suite', () => {
  let suite: Suite;
  let grpc: RawGrpc;

  /** Every event of the store, in order. */
  const allEvents = async (): Promise<readonly Stored[]> => {
    const found: Stored[] = [];
    for (let after: string | null = null; ;) {
      const {
        events,
      }: { events: { nodes: Stored[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } =
        await suite.graphql(
          `query ($after: String) { events(first: 200, after: $after) {
             nodes { type commandId data } pageInfo { hasNextPage endCursor } } }`,
          { after },
        );
      found.push(...events.nodes);
      if (!events.pageInfo.hasNextPage) return found;
      after = events.pageInfo.endCursor;
    }
  };
  const namespace = (id: string, status = 'Active') =>
    JSON.stringify({ apiVersion: 'replicante.io/v0', kind: 'Namespace', spec: { id, status } });
  const apply = (manifest_json: string, command_id = v7()) =>
    grpc.answer(COMMAND, 'Apply', { meta: { command_id }, manifest_json });

  beforeAll(async () => {
    suite = await Suite.create();
    await suite.start();
    grpc = new RawGrpc(`127.0.0.1:${suite.grpc}`);
    await suite.converged();
  }, 180_000);
  afterAll(async () => {
    grpc?.close();
    await suite?.destroy();
  }, 120_000);

  it('answer a repeated command as the first time, and record it once', async () => {
    const id = v7();
    const first = await apply(namespace('once'), id);
    expect(first).toMatchObject({ changed: true, repeated: false });
    expect(await apply(namespace('once'), id)).toEqual({ ...first, repeated: true });
    await suite.graphql('query ($at: AtPosition) { namespace(id: "once", at: $at) { id } }', {
      at: { position: first['position'] },
    });
    expect((await allEvents()).filter(e => e.commandId === id)).toHaveLength(1);
    expect(
      await grpc.call(COMMAND, 'Apply', {
        meta: { command_id: id },
        manifest_json: namespace('once', 'Inactive'),
      }),
    ).toMatchObject({ refusal: { status: 'ALREADY_EXISTS', code: 'COMMAND_ID_REUSED' } });
  });

  it('show a write to who reads at its position, every time', async () => {
    for (let n = 0; n < 25; n += 1) {
      const status = n % 2 === 0 ? 'Inactive' : 'Active';
      const { position } = await apply(namespace('mine', status));
      const { namespace: seen } = await suite.graphql<{ namespace: { status: string } | null }>(
        'query ($at: AtPosition) { namespace(id: "mine", at: $at) { status } }',
        { at: { position } },
      );
      expect(seen).toEqual({ status });
    }
  });

  it('publish only events that fit the schema of their type', async () => {
    const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
    const events = await allEvents();
    expect(events.length).toBeGreaterThan(50);
    const faults = events.flatMap(({ type, data }) => {
      const schema = eventSchemas[type];
      if (!schema) return [`${type} has no schema`];
      const { $id } = schema as { $id: string };
      const validate = ajv.getSchema($id) ?? ajv.compile(schema);
      return validate(data) ? [] : [`${type}: ${ajv.errorsText(validate.errors)}`];
    });
    expect(faults).toEqual([]);
  });

  it.each(SERVICES)('serve probes and metrics of %s', async name => {
    const at = (probe: string) => fetch(`${suite.url}/services/${name}/${probe}`);
    for (const probe of ['livez', 'readyz']) {
      const response = await at(probe);
      expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ ok: true })]);
    }
    const metrics = await at('metrics');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    const text = await metrics.text();
    expect(text).toMatch(/^# TYPE \w+ (counter|gauge|histogram|summary)$/m);
    if (name !== 'query') return;
    expect(text).toMatch(/^replicante_query_duration_seconds_count\{.*status="200".*\} \d/m);
    for (const probe of ['livez', 'readyz', 'metrics'])
      expect((await fetch(`${suite.url}/${probe}`)).status).toBe(200);
  });

  it('say their health to the standard client', async () => {
    const health = serviceOf(
      'grpc.health.v1.Health',
      loadSync(standard('grpc-health-check', HEALTH), LOADING),
    );
    for (const service of [
      '',
      'replicante.command.v1.CommandService',
      'replicante.control.v1.ControlService',
    ])
      expect(await grpc.answer(health, 'Check', { service })).toMatchObject({ status: 'SERVING' });
    expect(await grpc.call(health, 'Check', { service: 'nope' })).toMatchObject({
      refusal: { status: 'NOT_FOUND' },
    });
  });

  it('describe themselves to the standard reflection client', async () => {
    const reflection = serviceOf(
      'grpc.reflection.v1.ServerReflection',
      loadSync(standard('@grpc/reflection', REFLECTION), LOADING),
    );
    const [listed, described] = await grpc.stream(reflection, 'ServerReflectionInfo', [
      { list_services: '' },
      { file_containing_symbol: 'replicante.command.v1.CommandService' },
    ]);
    expect(listed).toMatchObject({
      list_services_response: {
        service: expect.arrayContaining([
          { name: 'replicante.command.v1.CommandService' },
          { name: 'replicante.control.v1.ControlService' },
        ]),
      },
    });
    expect(described).toHaveProperty('file_descriptor_response');
  });

  it('follow a cluster live, no revision left out and none twice', async () => {
    const before = await suite.events();
    const child = await startProcess({
      command: process.execPath,
      args: [
        REPLICTL,
        ...['--server', suite.url, '-o', 'json'],
        ...['events', 'pg', '--limit', '5', '--follow'],
      ],
      ready: child => child.stdout().split('\n').length > 5,
    });
    const seen = () =>
      child
        .stdout()
        .split('\n')
        .filter(line => line !== '')
        .map(line => (JSON.parse(line) as { revision: number }).revision);
    for (let n = 0; n < 10; n += 1)
      expect(await suite.replictl('cluster', 'orchestrate', 'pg')).toMatchObject({ code: 0 });
    const newest = before.at(-1)?.revision ?? 0;
    await eventually(async () => (seen().at(-1) ?? 0) >= newest + 10, { within: 20_000 });
    await child.stop();
    const revisions = seen();
    expect(revisions).toEqual(revisions.map((_, n) => newest - 4 + n));
  }, 60_000);

  it('hold an action until it is approved, explain that, and run it then', async () => {
    const action_id = randomUUID();
    const spec = {
      ...{ ns_id: 'default', cluster_id: 'pg', action_id, approval: 'required' },
      ...{ node_id: 'pg-1', kind: 'agent.replicante.io/debug.progress' },
    };
    const manifest = JSON.stringify({ apiVersion: 'replicante.io/v0', kind: 'NAction', spec });
    expect(await apply(manifest)).toMatchObject({ changed: true, action_id });
    const phase = async () =>
      (
        await suite.graphql<{ action: { phase: string } | null }>(
          'query ($id: ID!) { action(nsId: "default", clusterId: "pg", actionId: $id) { phase } }',
          { id: action_id },
        )
      ).action?.phase;
    await eventually(async () => (await phase()) === 'PENDING_APPROVE', { within: 10_000 });
    const shown = await suite.replictl('-c', 'pg', 'action', 'show', action_id);
    expect(shown.stdout).toContain('PENDING_APPROVE');
    expect(await suite.replictl('-c', 'pg', 'action', 'approve', action_id)).toMatchObject({ code: 0 });
    await eventually(async () => ['DONE', 'FAILED'].includes((await phase()) ?? ''), { within: 30_000 });
    expect(await suite.replictl('cluster', 'explain', 'pg')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('pg'),
    });
  }, 60_000);
});

const HEALTH = 'proto/health/v1/health.proto';
const REFLECTION = 'build/proto/grpc/reflection/v1/reflection.proto';
const require = createRequire(import.meta.url);
/** A file of an installed package. */
const standard = (name: string, path: string): string => require.resolve(`${name}/${path}`);
