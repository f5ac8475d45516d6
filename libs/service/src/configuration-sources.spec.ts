import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './configuration-error.js';
import { readConfiguration } from './configuration.js';
import type { ServiceName } from './service-name.js';

let folder = '';
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const read = (environment: Record<string, string>, service: ServiceName = 'command') =>
  readConfiguration({ environment }, service);
const faultsOf = (environment: Record<string, string>, service?: ServiceName) => {
  try {
    read(environment, service);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
};
const url = 'postgres://u:geheim@127.0.0.1:5432/db';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'replicante-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a secret setting', () => {
  it('may be the content of a file, whose line break at the end is no part of it', () => {
    const environment = {
      DATABASE_URL_FILE: file('database', `${url}\n`),
      CONTROL_TOKEN_FILE: file('token', 'sixteen-or-more-characters\r\n'),
      COORDINATOR: 'consul',
      CONSUL_HTTP_ADDR: 'consul:8500',
      CONSUL_HTTP_TOKEN_FILE: file('consul', 'consul-token'),
    };
    expect(read(environment)).toMatchObject({
      databaseUrl: url,
      controlToken: 'sixteen-or-more-characters',
      consul: { token: 'consul-token' },
    });
  });

  it('may be given by file in the YAML file as well, over which the environment wins', () => {
    const REPLICANTE_CONFIG = file('settings.yaml', `DATABASE_URL_FILE: ${file('of-yaml', url)}\n`);
    expect(read({ REPLICANTE_CONFIG }).databaseUrl).toBe(url);
    const other = 'postgres://u:geheim@other/db';
    expect(read({ REPLICANTE_CONFIG, DATABASE_URL: other }).databaseUrl).toBe(other);
  });

  it('is refused when it is given twice in one place', () => {
    expect(faultsOf({ DATABASE_URL: url, DATABASE_URL_FILE: file('twice', url) })).toEqual([
      'DATABASE_URL_FILE and DATABASE_URL are both given: give one of them',
    ]);
  });

  it('that cannot be had from its file is named by the file, once, and never by its content', () => {
    expect(faultsOf({ DATABASE_URL_FILE: join(folder, 'nowhere') })).toEqual([
      `DATABASE_URL_FILE is ${join(folder, 'nowhere')}, which cannot be read: ENOENT`,
    ]);
    expect(faultsOf({ DATABASE_URL_FILE: file('empty', ' \n') })).toEqual([
      `DATABASE_URL_FILE is ${join(folder, 'empty')}, which is empty`,
    ]);
    expect(faultsOf({ DATABASE_URL_FILE: file('large', 'x'.repeat(70_000)) })).toEqual([
      expect.stringContaining('too large'),
    ]);
    expect(faultsOf({ DATABASE_URL_FILE: file('wrong', 'mysql://u:geheim@h/d') })).toEqual([
      expect.stringMatching(/^DATABASE_URL must look like postgres:(?!.*geheim)/),
    ]);
  });

  it('does not show in what is said about a YAML file that cannot be parsed', () => {
    const REPLICANTE_CONFIG = file(
      'torn.yaml',
      'LOG_LEVEL: info\nCONTROL_TOKEN: "geheim-geheim\nHTTP_PORT: [',
    );
    const faults = faultsOf({ DATABASE_URL: url, REPLICANTE_CONFIG });
    expect(faults).toEqual([expect.stringMatching(/torn\.yaml cannot be read: [A-Z_]+ in line \d/)]);
    expect(faults.join()).not.toContain('geheim');
  });

  it('of the suite itself is kept out of reach of what manifests may name', () => {
    const CONTROL_TOKEN_FILE = file('control', 'sixteen-or-more-characters');
    const reached = { DATABASE_URL: url, CONTROL_TOKEN_FILE, SECRET_FILES_BELOW: folder };
    expect(faultsOf(reached, 'worker')).toEqual([
      expect.stringMatching(/^CONTROL_TOKEN_FILE is .*control, which manifests may name: keep it elsewhere/),
    ]);
    expect(faultsOf({ ...reached, SECRET_FILES_BELOW: `${folder}/managed` }, 'worker')).toEqual([]);
    expect(faultsOf(reached, 'command')).toEqual([]);
    expect(faultsOf({ DATABASE_URL: url, SECRET_ENV_PREFIX: 'CON' }, 'worker')).toEqual([
      'SECRET_ENV_PREFIX is CON: manifests could name CONSUL_HTTP_TOKEN, CONTROL_TOKEN',
    ]);
  });
});
