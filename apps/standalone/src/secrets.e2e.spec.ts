import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { eventually } from '@replicante/testing';
import pg from 'pg';
import { Suite } from './suite.fixture.js';

/** Given to the suite by its environment, and to its manifests only as {fromEnv}. */
const MARKER = 'marker-4f1d9ab2c7e35608';
/** Where secrets are kept on purpose, each 0600. */
const CREDENTIALS = new Set(['token', 'password', 'superuser.password', 'pgpass', 'replication.pgpass']);
const PRIVATE_KEY = 'PRIVATE KEY';

const manifests = (platformPort: number): string => `
apiVersion: replicante.io/v0
kind: Namespace
spec: { id: marked, agents: { token: { fromEnv: REPLICANTE_MARKER_TOKEN } } }
---
apiVersion: replicante.io/v0
kind: Platform
spec:
  ns_id: marked
  name: refusing
  discovery: { interval: 1 }
  url: { base_url: 'http://127.0.0.1:${platformPort}/', token: { fromEnv: REPLICANTE_MARKER_TOKEN } }
`;

const SERVICES = ['command', 'projection', 'scheduler', 'worker'];

/** safety.md §13. */
describe('secrets of a running suite', () => {
  let suite: Suite;
  let files: readonly string[] = [];
  /** Each with the place that keeps it. */
  const secrets = new Map<string, string>([[MARKER, 'the environment']]);

  /** Names of the secrets in a text, never the secrets themselves: a failed test is a log too. */
  const found = (text: string): readonly string[] => [
    ...new Set([...secrets].flatMap(([secret, of]) => (text.includes(secret) ? [of] : []))),
    ...(text.includes(PRIVATE_KEY) ? [PRIVATE_KEY] : []),
  ];
  const leaks = (texts: Iterable<readonly [place: string, text: string]>): readonly string[] =>
    [...texts].flatMap(([place, text]) => found(text).map(what => `${place} holds ${what}`));

  beforeAll(async () => {
    suite = await Suite.create({ REPLICANTE_MARKER_TOKEN: MARKER, LOG_LEVEL: 'trace' });
    await suite.start();
    const path = join(suite.dataDir, 'marked.yaml');
    await writeFile(path, manifests(suite.platform));
    const applied = await suite.replictl('apply', '-f', path);
    expect(applied).toMatchObject({ code: 0 });
    await suite.converged();
    // The marker was read and sent: the platform has refused it.
    await eventually(
      async () =>
        (
          await suite.graphql<{ platform: { failing: unknown } | null }>(
            'query { platform(nsId: "marked", name: "refusing") { failing { kind } } }',
          )
        ).platform?.failing,
      { within: 30_000, what: 'a refused discovery' },
    );
    // Databases write what they like into their data directories; what we write there are *.conf files.
    const all = await readdir(suite.dataFolder, { recursive: true, withFileTypes: true });
    files = all
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .filter(file => !relative(suite.dataFolder, file).split('/').includes('data') || /\.conf$/.test(file));
    for (const file of files.filter(f => CREDENTIALS.has(basename(f)))) {
      const text = (await readFile(file, 'utf8')).trim();
      const secret = basename(file).endsWith('pgpass') ? (text.split(':').at(-1) ?? '') : text;
      expect(secret.length).toBeGreaterThan(15);
      secrets.set(secret, relative(suite.dataFolder, file));
    }
  }, 240_000);
  afterAll(() => suite.destroy(), 120_000);

  it('are those that this test looks for', () => {
    expect([...secrets.values()].map(place => basename(place))).toEqual(
      expect.arrayContaining(['the environment', 'token', 'password']),
    );
    expect(secrets.size).toBeGreaterThanOrEqual(4);
  });

  it('are in no table of the control database', async () => {
    const text = async (name: string) =>
      (await readFile(join(suite.dataFolder, 'control', name), 'utf8')).trim();
    const client = new pg.Client({
      host: '127.0.0.1',
      port: Number(await text('port')),
      user: 'replicante',
      password: await text('password'),
      database: 'postgres',
    });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
      );
      const rows: [string, string][] = [];
      for (const { name } of tables) {
        const found = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
        for (const { row } of found.rows) rows.push([name, row], [name, plain(row)], [name, inflated(row)]);
      }
      expect(rows.length).toBeGreaterThan(100);
      expect(leaks(rows)).toEqual([]);
    } finally {
      await client.end();
    }
  });

  it('are in no file but those that keep them, logs at their most talkative included', async () => {
    const others = files.filter(file => !CREDENTIALS.has(basename(file)));
    expect(others.map(file => basename(file))).toEqual(
      expect.arrayContaining(['services.log', 'platform.log', 'agent.log', 'node.json', 'calls.jsonl']),
    );
    const texts = await Promise.all(
      others.map(async file => [relative(suite.dataFolder, file), await readFile(file, 'latin1')] as const),
    );
    expect(leaks(texts)).toEqual([]);
  });

  it('are in files that only their owner reads', async () => {
    expect(await suite.openToOthers(files.filter(file => CREDENTIALS.has(basename(file))))).toEqual([]);
  });

  it('are in no answer, metric or output', async () => {
    const probes = ['', ...SERVICES.map(name => `/services/${name}`)].flatMap(at =>
      ['livez', 'readyz', 'metrics'].map(probe => `${at}/${probe}`),
    );
    const answers = await Promise.all(
      probes.map(async path => [path, await (await fetch(`${suite.url}${path}`)).text()] as const),
    );
    const events = JSON.stringify(
      await suite.graphql('query { events(first: 200) { nodes { data actor } } }'),
    );
    const shown = await suite.replictl('get', 'namespace', 'marked');
    expect(shown.stdout).toContain('REPLICANTE_MARKER_TOKEN');
    expect(leaks([...answers, ['events', events], ['replictl', shown.stdout]])).toEqual([]);
    expect(leaks([['the output', suite.output()]])).toEqual([]);
  });

  it('are in no argument of a process', async () => {
    const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map(pid =>
        readFile(`/proc/${pid}/cmdline`, 'utf8').then(
          text => [`process ${pid}`, text.replaceAll('\u0000', ' ')] as const,
          () => [`process ${pid}`, ''] as const, // it has ended
        ),
      ),
    );
    expect(lines.filter(([, line]) => line.includes(suite.dataFolder)).length).toBeGreaterThan(5);
    expect(leaks(lines)).toEqual([]);
  });
});

/** Snapshots are deflated, as base64. */
const inflated = (row: string): string =>
  row
    .split(',')
    .filter(column => column.length > 20 && /^[A-Za-z0-9+/]+=*$/.test(column))
    .map(column => {
      try {
        return inflateRawSync(Buffer.from(column, 'base64')).toString('utf8');
      } catch {
        return column; // A word that only looks like it.
      }
    })
    .join('\n');

/** Columns of type bytea are printed as hex. */
const plain = (row: string): string =>
  row.replaceAll(/\\x([0-9a-f]+)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1'));
