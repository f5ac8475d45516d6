import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Suite } from './suite.fixture.js';

const API = 'replicante.io/v0';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----';

let suite: Suite;
let head = '';

const headNow = async (): Promise<string> =>
  (await suite.graphql<{ status: { head: string } }>('{ status { head } }')).status.head;

beforeAll(async () => {
  suite = await Suite.create();
  await suite.start('--empty');
  const path = join(suite.dataDir, 'objects.yaml');
  await writeFile(
    path,
    `{apiVersion: ${API}, kind: Namespace, spec: {id: default}}
---
{apiVersion: ${API}, kind: ClusterSpec, spec: {ns_id: default, cluster_id: c, active: false, interval: 3600}}
`,
  );
  expect(await suite.replictl('apply', path)).toMatchObject({ code: 0 });
}, 90_000);
afterAll(() => suite?.destroy(), 120_000);

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

describe('GraphQL', () => {
  leavesNothing();
  const post = async (body: string, contentType = 'application/json') => {
    const response = await fetch(`${suite.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    const { errors } = (await response.json()) as {
      errors: { message: string; extensions: { code: string; violations?: { field: string }[] } }[];
    };
    return {
      status: response.status,
      code: errors[0]?.extensions.code,
      fields: errors[0]?.extensions.violations?.map(v => v.field),
    };
  };
  const ask = (query: string, variables: object = {}) => post(JSON.stringify({ query, variables }));
  const spread = (open: string, close: string, times: number) =>
    `{ namespaces { nodes ${open.repeat(times)} id ${close.repeat(times)} } }`;

  it.each([
    ['half a JSON', '{', 400],
    ['a batch', '[{"query":"{ status { head } }"}]', 400],
    ['no query', '{}', 400],
    ['a number for a query', '{"query":5}', 400],
    ['a syntax tree for a query', JSON.stringify({ query: '{"kind":"Document","definitions":[]}' }), 400],
    ['variables that are a list', '{"query":"{ status { head } }","variables":[]}', 400],
  ])('refuses %s', async (_, body, status) => {
    expect(await post(body)).toMatchObject({ status, code: 'INVALID_REQUEST' });
  });

  it('refuses a body of another type, and one that is too large', async () => {
    expect(await post('<q/>', 'application/xml')).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    expect(await post(' '.repeat(300_000))).toMatchObject({ status: 413, code: 'REQUEST_TOO_LARGE' });
  });

  it.each([
    ['an unknown field', '{ nope }', 'INVALID_REQUEST', undefined],
    ['a wrong type', '{ namespaces(first: "a") { nodes { id } } }', 'INVALID_REQUEST', undefined],
    ['a mutation', 'mutation { x }', 'INVALID_REQUEST', undefined],
    ['a page too large', '{ namespaces(first: 201) { nodes { id } } }', 'INVALID_REQUEST', ['first']],
    ['an unknown cursor', '{ events(after: "zzz") { nodes { id } } }', 'CURSOR_INVALID', ['after']],
    [
      'an unknown position',
      '{ namespaces(at: { position: "zzz" }) { nodes { id } } }',
      'POSITION_INVALID',
      ['at.position'],
    ],
    [
      'ids that cannot be',
      '{ cluster(nsId: "a b", clusterId: "") { mark } }',
      'INVALID_REQUEST',
      ['nsId', 'clusterId'],
    ],
    [
      'a posted subscription',
      'subscription { clusterEvents(nsId: "a", clusterId: "b") { id } }',
      'INVALID_REQUEST',
      ['query'],
    ],
    ['fragments too deep', spread('{ ... on Namespace ', '}', 3_000), 'QUERY_TOO_COMPLEX', undefined],
    [
      'lists too deep',
      `{ event(id: ${'['.repeat(50_000)}${']'.repeat(50_000)}) { id } }`,
      'QUERY_TOO_COMPLEX',
      undefined,
    ],
    [
      'a field by thousands of aliases',
      `{ ${Array.from({ length: 8_000 }, (_, n) => `a${n}: status { head }`).join(' ')} }`,
      'QUERY_TOO_COMPLEX',
      undefined,
    ],
    [
      'too many objects',
      '{ clusters(first: 200) { nodes { nodes(first: 200) { nodes { actions { nodes { kind } } } } } } }',
      'QUERY_TOO_COMPLEX',
      undefined,
    ],
  ])('refuses %s', async (_, query, code, fields) => {
    expect(await ask(query)).toMatchObject({ code, fields });
  });

  it('says that a position is not reached, in time', async () => {
    expect(
      await ask(`{ namespaces(at: { position: "99999999999999999999", timeoutMs: 50 }) { nodes { id } } }`),
    ).toMatchObject({ code: expect.stringMatching(/^POSITION_/) });
  });
});

describe('plain HTTP', () => {
  leavesNothing();
  it.each([
    ['GET', '/', 404, 'NOT_FOUND'],
    ['GET', '/nope', 404, 'NOT_FOUND'],
    ['GET', '/services/nope/livez', 404, 'NOT_FOUND'],
    ['GET', '/services/worker/nope', 404, 'NOT_FOUND'],
    ['POST', '/livez', 405, 'INVALID_REQUEST'],
    ['DELETE', '/graphql', 405, 'INVALID_REQUEST'],
    ['PUT', '/metrics', 405, 'INVALID_REQUEST'],
  ])('%s %s is answered %i as JSON with a code', async (method, path, status, code) => {
    const response = await fetch(`${suite.url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ code, message: expect.stringMatching(/./) });
    expect(response.headers.has('allow')).toBe(status === 405);
  });
});

describe('replictl', () => {
  leavesNothing();
  const file = async (name: string, text: string | Buffer): Promise<string> => {
    const path = join(suite.dataDir, name);
    await writeFile(path, text);
    return path;
  };
  const head3 = `apiVersion: ${API}\nkind: Namespace\nspec:\n`;

  it.each([
    ['syntax.yaml', `${head3}  id: [x\n  y: }\n`, 'MANIFEST_INVALID', /syntax\.yaml:5:3: /],
    ['twice.yaml', `${head3}  id: x\n  id: y\n`, 'MANIFEST_INVALID', /twice\.yaml:5:3: /],
    ['tag.yaml', `${head3}  id: !!js/function "x"\n`, 'MANIFEST_INVALID', /tag\.yaml:4:7: /],
    ['deep.yaml', '['.repeat(20_000), 'MANIFEST_INVALID', /deep\.yaml:1: .*100/],
    ['latin1.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe4]), 'MANIFEST_INVALID', /latin1\.yaml:1: .*UTF-8/],
    ['empty.yaml', '', 'MANIFEST_INVALID', /nothing to apply/],
    ['huge.yaml', `${head3}  id: "${'x'.repeat(17_000_000)}"\n`, 'REQUEST_TOO_LARGE', /huge\.yaml:1: /],
    [
      'key.yaml',
      `${head3}  id: x\n  agents:\n    token: |\n      ${KEY.replaceAll('\n', '\n      ')}\n`,
      'MANIFEST_INVALID',
      /spec\.agents\.token: holds a private key/,
    ],
  ])(
    'refuses %s with exit code 2',
    async (name, text, code, says) => {
      const ran = await suite.replictl('apply', '-f', await file(name, text));
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toMatch(new RegExp(`^${code}: `));
      expect(ran.stderr).toMatch(says);
    },
    30_000,
  );

  it('refuses files that are not there and folders without manifests', async () => {
    const folder = join(suite.dataDir, 'folder');
    await mkdir(folder);
    for (const path of [folder, join(folder, 'nope.yaml')])
      expect(await suite.replictl('apply', path)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^MANIFEST_INVALID: /),
      });
  });

  it.each([
    [2, 'unknown command', ['nope']],
    [2, 'missing required argument', ['get']],
    [2, 'RESOURCE_NOT_SUPPORTED', ['get', 'nope']],
    [2, 'INVALID_REQUEST', ['get', 'cluster', 'a/b/c']],
    [2, 'INVALID_REQUEST', ['cluster', 'delete', 'a b']],
    [2, 'INVALID_REQUEST', ['--command-id', 'zz', 'cluster', 'delete', 'c']],
    [2, 'INVALID_REQUEST', ['events', 'c', '--limit', 'x']],
    [2, 'INVALID_REQUEST', ['wait', 'c', '--for', 'converged', '--timeout', 'soon']],
    [2, 'INVALID_REQUEST', ['--server', 'nonsense', 'get', 'cluster']],
    [4, 'DATA_LOSS_NOT_ACCEPTED', ['cluster', 'reinitialise', 'c']],
    [5, 'CLUSTER_NOT_FOUND', ['get', 'cluster', 'nope']],
    [5, 'CLUSTER_NOT_FOUND', ['events', 'nope']],
    [5, 'NAMESPACE_NOT_FOUND', ['namespace', 'get', 'nope']],
    [5, 'ACTION_NOT_FOUND', ['-c', 'c', 'action', 'cancel', 'nope']],
    [6, 'SERVICE_UNAVAILABLE', ['--server', 'http://127.0.0.1:9', 'get', 'cluster']],
  ])('ends with %i and %s for %j', async (code, word, args) => {
    expect(await suite.replictl(...args)).toMatchObject({ code, stderr: expect.stringContaining(word) });
  });
});
