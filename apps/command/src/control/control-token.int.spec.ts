import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RejectedError } from '@replicante/kernel';
import type { GrpcClient, RunningService } from '@replicante/service';
import { openGrpcClient } from '@replicante/service';
import type { TestPostgres } from '@replicante/testing';
import { startTestPostgres } from '@replicante/testing';
import { v7 } from 'uuid';
import { startCommand } from '../start-command.js';

const TOKEN = 'only-workers-know-this-one';

let postgres: TestPostgres;
let service: RunningService;
const clients: GrpcClient[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  const environment = { DATABASE_URL: postgres.url, GRPC_PORT: '0', PROBE_PORT: '0', LOG_LEVEL: 'fatal' };
  service = await startCommand({ environment: { ...environment, CONTROL_TOKEN: TOKEN } });
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await service?.stop();
  await postgres?.stop();
});

const called = async (
  service_: 'control' | 'command',
  method: string,
  request: object,
  token?: string,
): Promise<unknown> => {
  const client = openGrpcClient({
    address: service.addresses.grpc ?? '',
    proto: `${service_}.proto`,
    service:
      service_ === 'control'
        ? 'replicante.control.v1.ControlService'
        : 'replicante.command.v1.CommandService',
    ...(token === undefined ? {} : { token }),
  });
  clients.push(client);
  return client.call(method, request, { deadlineMs: 10_000 }).catch((error: unknown) => {
    const { code, message } = (error as RejectedError).rejection;
    return `${code}: ${message}`;
  });
};
const beginCycle = (token?: string): Promise<unknown> => {
  const lease = { work: 'cycle', epoch: 1, token: 9_000_000, holder: 'an-impostor' };
  const meta = { command_id: v7(), correlation_id: v7(), worker: 'w', lease };
  return called('control', 'BeginCycle', { meta, ns_id: 'default', cluster_id: 'pg', cycle_id: v7() }, token);
};

describe('control.v1 with a token', () => {
  it('refuses whoever carries none, or another one, before anything is read', async () => {
    expect(await beginCycle()).toMatch(/^CONTROL_UNAUTHENTICATED: .*carries no token/);
    expect(await beginCycle(`${TOKEN}x`)).toMatch(/^CONTROL_UNAUTHENTICATED: .*not that of command/);
    expect(await called('control', 'SubmitDiscovery', {}, 'another-secret-of-workers')).toMatch(
      /^CONTROL_UNAUTHENTICATED/,
    );
  });

  it('lets workers through, and asks nothing of users', async () => {
    expect(await beginCycle(TOKEN)).toMatch(/^NAMESPACE_NOT_FOUND/);
    const manifest_json = JSON.stringify({
      apiVersion: 'replicante.io/v0',
      kind: 'Namespace',
      spec: { id: 'default' },
    });
    expect(await called('command', 'Apply', { meta: { command_id: v7() }, manifest_json })).toMatchObject({
      ref: 'Namespace/default',
      changed: true,
    });
  });
});
