import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './configuration-error.js';
import { maskSecrets, readConfiguration, requireDatabaseUrl } from './configuration.js';
import type { ServiceName } from './service-name.js';

const url = 'postgres://u:secret@127.0.0.1:5432/db';
const folders: string[] = [];
const yaml = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'replicante-config-'));
  folders.push(folder);
  const path = join(folder, 'replicante.yaml');
  writeFileSync(path, text);
  return path;
};
const faultsOf = (
  environment: Record<string, string>,
  service: ServiceName = 'command',
): readonly string[] => {
  try {
    readConfiguration({ environment }, service);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
};

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('the configuration', () => {
  it('needs nothing but a database', () => {
    const configuration = readConfiguration({ environment: { DATABASE_URL: url } }, 'command');
    expect(configuration).toMatchObject({
      service: 'command',
      grpc: { host: '127.0.0.1', port: 16017 },
      adapters: { eventStore: 'postgres', coordinator: 'postgres' },
      leaseTtlMs: 10_000,
      queuePartitions: 16,
    });
    expect(requireDatabaseUrl(configuration)).toBe(url);
  });

  it('tells every fault at once', () => {
    const faults = faultsOf({
      EVENT_STORE: 'mongo',
      HTTP_PORT: 'eighty',
      LEASE_TTL_MS: '5',
      LOG_LEVEL: 'loud',
    });
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringContaining("EVENT_STORE is 'mongo'"),
        expect.stringContaining('HTTP_PORT'),
        expect.stringContaining('LEASE_TTL_MS'),
        expect.stringContaining('LOG_LEVEL'),
        expect.stringContaining('DATABASE_URL is missing'),
      ]),
    );
  });

  it('stops the boot for an adapter name that it does not know', () => {
    expect(faultsOf({ DATABASE_URL: url, EVENT_BUS: 'rabbit' })).toEqual([
      "EVENT_BUS is 'rabbit': no such adapter; choose one of postgres, kafka, memory",
    ]);
  });

  it('refuses memory adapters for a service alone, and takes them in standalone', () => {
    const memory = {
      EVENT_STORE: 'memory',
      EVENT_BUS: 'memory',
      TASK_QUEUE: 'memory',
      COORDINATOR: 'memory',
    };
    expect(faultsOf(memory)).toEqual([
      expect.stringContaining('memory adapters hold only within one process'),
    ]);
    expect(faultsOf(memory, 'standalone')).toEqual([]);
  });

  it('lets the environment win over the file, and an empty variable count as not set', () => {
    const path = yaml(`DATABASE_URL: ${url}\nGRPC_PORT: 1000\nHTTP_PORT: 2000\nLOG_LEVEL: debug\n`);
    const environment = { REPLICANTE_CONFIG: path, GRPC_PORT: '3000', LOG_LEVEL: '' };
    expect(readConfiguration({ environment }, 'command')).toMatchObject({
      grpc: { port: 3000 },
      http: { port: 2000 },
      logLevel: 'debug',
    });
  });

  it('reads true and false from either place, and takes nothing else for them', () => {
    const off = { DATABASE_URL: url, GRAPHQL_INTROSPECTION: 'false' };
    const path = yaml('GRAPHQL_INTROSPECTION: false');
    const read = (environment: Record<string, string>) =>
      readConfiguration({ environment }, 'query').graphqlIntrospection;
    expect(read({ DATABASE_URL: url })).toBe(true);
    expect(read(off)).toBe(false);
    expect(read({ DATABASE_URL: url, REPLICANTE_CONFIG: path })).toBe(false);
    expect(faultsOf({ ...off, GRAPHQL_INTROSPECTION: 'no' })).toEqual([
      'GRAPHQL_INTROSPECTION must be true or false',
    ]);
  });

  it('wants a CONTROL_TOKEN as soon as control.v1 leaves this host, and of nobody else', () => {
    const beyond = { DATABASE_URL: url, GRPC_HOST: '0.0.0.0', COMMAND_ADDRESS: 'command.svc:16017' };
    const faults = (service: ServiceName, more = {}) => faultsOf({ ...beyond, ...more }, service);
    expect(faults('command')).toEqual([
      expect.stringContaining('CONTROL_TOKEN is missing: GRPC_HOST=0.0.0.0'),
    ]);
    expect(faults('worker')).toEqual([expect.stringContaining('COMMAND_ADDRESS=command.svc:16017')]);
    expect(faults('query')).toEqual([]);
    for (const host of ['127.0.0.1', '127.8.9.1', 'localhost', '::1', '[::1]'])
      expect(faults('command', { GRPC_HOST: host })).toEqual([]);
    expect(faults('command', { CONTROL_TOKEN: 'sixteen-at-least' })).toEqual([]);
    const short = faults('command', { CONTROL_TOKEN: 'short-secret' }).join();
    expect(short).toContain('CONTROL_TOKEN must be 16 to 512');
    expect(short).not.toContain('short-secret');
  });

  it('names a setting of the file that it does not know, and a file that it cannot read', () => {
    expect(faultsOf({ DATABASE_URL: url, REPLICANTE_CONFIG: yaml('GRPC_PROT: 1') })).toEqual([
      expect.stringContaining("unknown setting 'GRPC_PROT'"),
    ]);
    expect(faultsOf({ DATABASE_URL: url, REPLICANTE_CONFIG: '/nowhere.yaml' })).toEqual([
      expect.stringContaining('/nowhere.yaml cannot be read'),
    ]);
    expect(faultsOf({ DATABASE_URL: url, REPLICANTE_CONFIG: yaml('- a') })).toEqual([
      expect.stringContaining('must be a map'),
    ]);
  });

  it('never shows a password', () => {
    expect(faultsOf({ DATABASE_URL: 'mysql://u:secret@h/db' }).join()).not.toContain('secret');
    expect(maskSecrets(`cannot reach ${url} now`)).toBe(
      'cannot reach postgres://u:****@127.0.0.1:5432/db now',
    );
  });
});
