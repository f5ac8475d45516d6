import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openGrpcClient } from '@replicante/service';
import type { TestPostgres, TestProcess } from '@replicante/testing';
import { eventually, startProcess, startTestPostgres } from '@replicante/testing';
import { join } from 'node:path';
import { v7 } from 'uuid';

const MAIN = join(import.meta.dirname, '../../../dist/apps/command/src/main.js');
let postgres: TestPostgres;
const running: TestProcess[] = [];

const start = (env: Record<string, string>, ready?: RegExp): Promise<TestProcess> =>
  startProcess({
    command: process.execPath,
    args: [MAIN],
    env: { GRPC_PORT: '0', PROBE_PORT: '0', LOG_LEVEL: 'warn', ...env },
    ...(ready ? { ready } : { ready: started => !started.isRunning() }),
  });
const addressesOf = (output: string): { grpc: string; probes: string } => {
  const line = output.split('\n').find(text => text.includes('"event":"ready"')) ?? '';
  return (JSON.parse(line) as { addresses: { grpc: string; probes: string } }).addresses;
};
const applyNamespace = (address: string, id: string): Promise<unknown> => {
  const client = openGrpcClient({
    address,
    proto: 'command.proto',
    service: 'replicante.command.v1.CommandService',
  });
  const manifest_json = JSON.stringify({ apiVersion: 'replicante.io/v0', kind: 'Namespace', spec: { id } });
  return client
    .call('Apply', { meta: { command_id: v7() }, manifest_json }, { deadlineMs: 10_000 })
    .finally(() => client.close());
};

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 60_000);
afterAll(async () => {
  await Promise.all(running.map(one => one.kill()));
  await postgres?.stop();
});

describe('the built command service as a process', () => {
  it('says with one line where it serves, serves, and ends with 0 when it is asked to', async () => {
    const service = await start({ DATABASE_URL: postgres.url }, /"event":"ready"/);
    running.push(service);
    const { grpc, probes } = addressesOf(service.stdout());
    expect(await applyNamespace(grpc, 'one')).toMatchObject({ changed: true });
    expect((await fetch(`http://${probes}/readyz`)).status).toBe(200);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });

  it('goes on after kill -9 from what was acknowledged', async () => {
    const first = await start({ DATABASE_URL: postgres.url }, /"event":"ready"/);
    await applyNamespace(addressesOf(first.stdout()).grpc, 'kept');
    await first.kill();
    const second = await start({ DATABASE_URL: postgres.url }, /"event":"ready"/);
    running.push(second);
    expect(await applyNamespace(addressesOf(second.stdout()).grpc, 'kept')).toMatchObject({ changed: false });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['without a database', {}, /DATABASE_URL is missing/],
    [
      'with an unknown adapter',
      { DATABASE_URL: 'postgres://u:geheim@127.0.0.1:1/d', EVENT_STORE: 'mongo' },
      /no such adapter/,
    ],
  ])('ends with 2 and lists what is wrong %s', async (_when, env, fault) => {
    const service = await start(env).catch((error: unknown) => error);
    const text = service instanceof Error ? service.message : (service as TestProcess).output();
    expect(text).toMatch(/ended with 2/);
    expect(text).toMatch(/CONFIGURATION_INVALID/);
    expect(text).toMatch(fault);
    expect(text).not.toContain('geheim');
  });

  it('is ready again by itself after the database was away', async () => {
    const service = await start({ DATABASE_URL: postgres.url }, /"event":"ready"/);
    running.push(service);
    const { probes } = addressesOf(service.stdout());
    const status = async (path: string): Promise<number> => (await fetch(`http://${probes}/${path}`)).status;
    await postgres.kill();
    await eventually(async () => (await status('readyz')) === 503, { within: 10_000 });
    expect(await status('livez')).toBe(200);
    await postgres.restart();
    await eventually(async () => (await status('readyz')) === 200, { within: 20_000 });
  });
});
