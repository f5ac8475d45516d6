import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { applied, page, run, serve } from './program.fixture.js';

const MANIFEST = 'apiVersion: replicante.io/v0\nkind: Namespace\nspec: {id: a}\n';

describe('apply', () => {
  it('sends each document under an id of its own and says ref, revision and position', async () => {
    const { calls } = await serve({});
    const folder = fileURLToPath(new URL('../../../examples/quickstart/', import.meta.url));
    const { exit, out } = await run(['apply', '-f', folder]);
    expect(exit).toBe(0);
    expect(out.split('\n')[0]).toBe('ClusterSpec/default/pg applied  revision 3  position 42');
    const kinds = calls.map(c => (JSON.parse(String(c.request['manifest_json'])) as { kind: string }).kind);
    expect(kinds).toEqual(['Namespace', 'Platform', 'ClusterSpec']);
    const ids = calls.map(c => (c.request['meta'] as { command_id: string }).command_id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('says that nothing changed', async () => {
    await serve({}, () => ({ ...applied, changed: false }));
    expect((await run(['apply'], MANIFEST)).out).toContain('unchanged  revision 3');
  });

  it('stops at the first refusal, with file, line and every violation, exit code by the catalogue', async () => {
    const violations = [{ field: 'spec.id', description: 'is wrong; write another' }];
    const { calls } = await serve({}, () => ({
      code: 'MANIFEST_INVALID' as const,
      message: 'no',
      violations,
    }));
    const { exit, out, err } = await run(['apply', '-'], `# first\n---\n${MANIFEST}---\n${MANIFEST}`);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toBe('MANIFEST_INVALID: (standard input):3: no\n  spec.id: is wrong; write another\n');
    expect(calls).toHaveLength(1);
  });

  it('repeats the same id while nobody knows whether it was recorded', async () => {
    let asked = 0;
    const { calls } = await serve({}, () => (++asked < 3 ? { status: asked === 1 ? 14 : 2 } : applied));
    expect((await run(['apply'], MANIFEST)).exit).toBe(0);
    expect(new Set(calls.map(c => (c.request['meta'] as { command_id: string }).command_id)).size).toBe(1);
    expect(calls).toHaveLength(3);
  });

  it('goes to another of several command services when the first is gone', async () => {
    const { environment, calls } = await serve({});
    const several = `127.0.0.1:1, ${environment['REPLICTL_GRPC']}`;
    expect((await run(['--grpc', several, 'apply'], MANIFEST)).exit).toBe(0);
    expect(calls).toHaveLength(1);
  });

  it('takes several command services by their IPv4 addresses only', async () => {
    await serve({});
    for (const written of ['127.0.0.1:1,', 'one:1,two:2', '127.0.0.1:1,127.0.0.1', '[::1]:1,127.0.0.1:2'])
      expect(await run(['--grpc', written, 'apply'], MANIFEST)).toMatchObject({ exit: 2 });
  });

  it('gives up after a while, and says how to repeat it', async () => {
    const id = '01890000-0000-7000-8000-000000000000';
    const { calls } = await serve({}, () => ({ code: 'EVENT_STORE_UNAVAILABLE' as const, message: 'gone' }));
    const { exit, err } = await run(['apply', '--command-id', id], MANIFEST);
    expect(exit).toBe(6);
    expect(err).toContain(`--command-id ${id}`);
    expect(calls.length).toBeGreaterThan(2);
  });

  it('does not repeat what was refused', async () => {
    const { calls } = await serve({}, () => ({ code: 'NAMESPACE_DELETING' as const, message: 'no' }));
    expect((await run(['apply'], MANIFEST)).exit).toBe(4);
    expect(calls).toHaveLength(1);
  });
});

describe('a command line', () => {
  it.each([
    [['apply', '-f', '/nowhere/at/all'], 2],
    [['get', 'gizmo'], 2],
    [['cluster', 'topology', 'a/b/c'], 2],
    [['frobnicate'], 2],
    [['-o', 'xml', 'status'], 2],
    [['wait', 'pg', '--for', 'rain'], 2],
    [['wait', 'pg', '--for', 'converged', '--timeout', 'soon'], 2],
    [['--server', 'nonsense', 'status'], 2],
    [['--help'], 0],
    [['status'], 6],
  ])('%j ends with %d', async (args, exit) => {
    expect((await run(args)).exit).toBe(exit);
  });
});

describe('a command line that was once taken, or shown, as it is', () => {
  it.each([
    [['events', 'pg', '--limit', ''], /^INVALID_REQUEST: --limit is wrong/],
    [['events', 'pg', '--limit', '0x10'], /^INVALID_REQUEST: --limit is wrong/],
    [
      ['--grpc', 'http://127.0.0.1:1', 'ns', 'delete', 'a'],
      /^INVALID_REQUEST: --grpc "http:.* is not an address/,
    ],
    [['--grpc', '127.0.0.1:99999', 'ns', 'delete', 'a'], /^INVALID_REQUEST: --grpc/],
    [['frobnicate'], /^INVALID_REQUEST: unknown command 'frobnicate'/],
    [['get'], /^INVALID_REQUEST: missing required argument/],
  ])('%j is refused by its code', async (args, says) => {
    expect(await run(args)).toMatchObject({ exit: 2, out: '', err: expect.stringMatching(says) });
  });

  it.each([
    [['--server', 'http://jo:secret@127.0.0.1:1', 'status']],
    [['--server', 'http://jo:secret@[', 'status']],
    [['--grpc', 'http://jo:secret@127.0.0.1:1', 'ns', 'delete', 'a']],
    [['http://jo:secret@127.0.0.1:1']],
  ])('%j prints no password', async args => {
    const { exit, err } = await run(args);
    expect(exit).toBeGreaterThan(0);
    expect(err).toMatch(/^[A-Z_]+: ./);
    expect(err).not.toContain('secret');
  });
});

describe('a node that is not there', () => {
  it('is named', async () => {
    await serve({ node: null });
    expect(await run(['get', 'node', 'n-9', '-c', 'pg'])).toMatchObject({
      exit: 5,
      err: 'NODE_NOT_FOUND: no node n-9 in default/pg\n',
    });
  });
});

describe('a service that is not there', () => {
  it.each([
    [['status'], 'http://127.0.0.1:1/graphql'],
    [['ns', 'delete', 'a'], '127.0.0.1:1'],
  ])('%j says so in one sentence', async (args, to) => {
    expect(await run(args)).toEqual({
      exit: 6,
      out: '',
      err: `SERVICE_UNAVAILABLE: cannot connect to ${to}: connection refused; is \`npm start\` running?\n`,
    });
  });
});

describe('changes', () => {
  it.each([
    [['cluster', 'orchestrate', 'pg'], 'OrchestrateCluster', { ns_id: 'default', cluster_id: 'pg' }],
    [['cluster', 'delete', 'other/pg'], 'DeleteClusterSpec', { ns_id: 'other', cluster_id: 'pg' }],
    [
      ['cluster', 'reinitialise', 'pg', '--accept-data-loss'],
      'ReinitialiseCluster',
      { accept_data_loss: true },
    ],
    [['cluster', 'reinitialise', 'pg'], 'ReinitialiseCluster', { accept_data_loss: false }],
    [
      ['cluster', 'retry', 'pg', '--rule', 'r', '--subject', 'node:a'],
      'RetryRule',
      { rule: 'r', subject: 'node:a' },
    ],
    [
      ['cluster', 'settle', 'pg', '--attempt', 'a', '--not-provisioned'],
      'SettleProvision',
      { provisioned: false },
    ],
    [['platform', 'discover', 'local', '-n', 'x'], 'DiscoverPlatform', { ns_id: 'x', name: 'local' }],
    [['platform', 'accept-discovery', 'local'], 'AcceptDiscovery', { name: 'local' }],
    [['ns', 'delete', 'a'], 'DeleteNamespace', { id: 'a' }],
    [['action', 'approve', 'i', '-c', 'pg'], 'ApproveAction', { cluster_id: 'pg', action_id: 'i' }],
    [['na', 'reject', 'i', '-c', 'pg'], 'RejectAction', { action_id: 'i' }],
    [['oaction', 'cancel', 'i', '-c', 'pg'], 'CancelAction', { action_id: 'i' }],
  ])('%j is %s', async (args, method, request) => {
    const { calls } = await serve({});
    expect(await run(args)).toMatchObject({ exit: 0, err: '' });
    expect(calls).toMatchObject([{ method, request }]);
  });

  it('that find nothing to delete say so in words, without the revision of what never was', async () => {
    await serve({}, () => ({ ...applied, revision: -1, changed: false }));
    const { exit, out } = await run(['cluster', 'delete', 'nope']);
    expect(exit).toBe(0);
    expect(out).toBe('ClusterSpec/default/pg unchanged: there was nothing to delete\n');
    const { out: document } = await run(['cluster', 'delete', 'nope', '-o', 'json']);
    expect(JSON.parse(document)).toMatchObject({ changed: false, revision: null });
  });

  it('begin an epoch only with a reason', async () => {
    await serve({}, () => ({ epoch: 2 }));
    expect((await run(['coordinator', 'new-epoch'])).exit).toBe(2);
    expect((await run(['coordinator', 'new-epoch', '--reason', 'lost it'])).out).toBe('epoch 2 begun\n');
  });

  it('of an action find the only cluster', async () => {
    const clusters = page([
      {
        nsId: 'default',
        clusterId: 'pg',
        mark: 'DECLARED',
        active: true,
        evaluated: true,
        convergence: { converged: true },
        counts: { nodes: 1, healthy: 1 },
      },
    ]);
    const { calls } = await serve({ clusters });
    await run(['action', 'approve', 'i']);
    expect(calls[0]?.request).toMatchObject({ cluster_id: 'pg' });
  });
});

describe('the id of an action', () => {
  const listed = (actionId: string) => ({
    ...{ nsId: 'default', clusterId: 'pg', actionId, scope: 'NODE', nodeId: 'pg-1', kind: 'x/y' },
    ...{ phase: 'PENDING_APPROVE', finished: false, createdAt: '2026-01-02T03:04:05.000Z', finishedAt: null },
  });
  const [one, two] = ['01890000-aaaa-7000-8000-000000000001', '01890000-aabb-7000-8000-000000000002'];
  const actions = page([listed(one), listed(two)]);

  it.each(['approve', 'reject', 'cancel'])('may be its beginning for %s', async verb => {
    const { calls } = await serve({ actions });
    expect(await run(['action', verb, '01890000-AA', '-c', 'pg'])).toMatchObject({
      exit: 2,
      err: expect.stringContaining(`${one} (PENDING_APPROVE x/y), ${two}`),
    });
    expect(await run(['action', verb, '01890000-cccc', '-c', 'pg'])).toMatchObject({ exit: 5 });
    expect(calls).toEqual([]);
    expect(await run(['action', verb, '01890000-AAAA', '-c', 'pg'])).toMatchObject({ exit: 0 });
    expect(calls).toMatchObject([{ request: { action_id: one } }]);
  });

  it('may be its beginning when it is shown, and is passed on when it is whole or short', async () => {
    const asked: string[] = [];
    const action = (args: { actionId: string }): null => (asked.push(args.actionId), null);
    await serve({ actions, action });
    for (const id of ['01890000-aabb', two, '0189'])
      expect((await run(['action', 'get', id, '-c', 'pg'])).exit).toBe(5);
    expect(asked).toEqual([two, two, '0189']);
  });
});
