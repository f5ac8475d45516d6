import { AgentConnections } from '@replicante/agent-protocol';
import type { AgentClient } from '@replicante/agent-protocol';
import { eventually } from '@replicante/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionHandler, AgentOptions, AgentSource, RunningAgent } from './index.js';
import { AgentError, jsonLinesLog, startAgent } from './index.js';

const source: AgentSource = {
  nodeInfo: async () => ({
    address: { client: null, member: null },
    agent_version: { checkout: '', number: '1', taint: '' },
    attributes: {},
    node_id: 'n1',
    node_status: 'HEALTHY',
    store_id: 'test',
    store_version: { checkout: null, number: '1', extra: null },
  }),
  storeInfo: async () => ({ cluster_id: 'c1', attributes: {} }),
  shardsInfo: async () => {
    throw new AgentError('STORE_UNAVAILABLE', 'no store', { cause: new Error('refused') });
  },
};

let stateDir = '';
let agent: RunningAgent | undefined;
let connections: AgentConnections;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'replicante-agent-'));
  connections = new AgentConnections({ callTimeoutMs: 5000 });
});
afterEach(async () => {
  await connections.close();
  await agent?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

async function start(overrides: Partial<AgentOptions> = {}): Promise<AgentClient> {
  await agent?.stop();
  agent = await startAgent({
    stateDir,
    clusterId: 'c1',
    source,
    handlers: [],
    listen: { port: 0 },
    log: jsonLinesLog(() => undefined),
    intervalMs: 5,
    ...overrides,
  });
  return connections.client({
    address: agent.url,
    ...(overrides.token === undefined ? {} : { token: overrides.token }),
  });
}

/** Without drafts: a write may be under way. */
const actionFiles = async (): Promise<readonly string[]> =>
  (await readdir(join(stateDir, 'actions'))).filter(name => !name.startsWith('.'));
const LOOP = 'agent.replicante.io/test.loop';
const finished = (client: AgentClient, id: string) =>
  eventually(
    async () => {
      const answer = await client.action(id);
      return answer.kind === 'ok' && answer.value.finished_time !== null && answer.value;
    },
    { within: 5000, every: 5 },
  );
/** A handler that stays RUNNING until it is let go. */
const waiting = (order: string[] = []): ActionHandler & { readonly release: () => void } => {
  let released = false;
  return {
    kind: 'test.example.com/wait',
    release: () => void (released = true),
    invoke: async action => {
      if (order.at(-1) !== action.id) order.push(action.id);
      return { phase: released ? 'DONE' : 'NEW' };
    },
  };
};

describe('information', () => {
  it('answers what the source answers, and its failures as error documents', async () => {
    const client = await start();
    expect(await client.infoNode()).toMatchObject({ kind: 'ok', value: { node_id: 'n1' } });
    expect(await client.infoStore()).toMatchObject({ kind: 'ok', value: { cluster_id: 'c1' } });
    expect(await client.infoShards()).toMatchObject({
      kind: 'refused',
      status: 503,
      error: { error_msg: 'STORE_UNAVAILABLE: no store', error_cause: 'refused' },
    });
  });
});

describe('actions', () => {
  it('carries out the test actions of the protocol', async () => {
    const client = await start();
    const [done, failed, looped] = [randomUUID(), randomUUID(), randomUUID()];
    await client.scheduleAction({ id: done, kind: 'agent.replicante.io/test.success' });
    await client.scheduleAction({ id: failed, kind: 'agent.replicante.io/test.fail' });
    await client.scheduleAction({ id: looped, kind: LOOP, args: { target: 3 }, metadata: { a: 'b' } });
    expect((await finished(client, done)).state.phase).toBe('DONE');
    expect((await finished(client, failed)).state).toMatchObject({ phase: 'FAILED', error: { error: true } });
    expect(await finished(client, looped)).toMatchObject({
      metadata: { a: 'b' },
      state: { phase: 'DONE', payload: { count: 3, target: 3 }, error: null },
    });
  });

  it('runs one at a time in the order of scheduling; the queue is oldest first, finished newest first', async () => {
    const order: string[] = [];
    const handler = waiting(order);
    const client = await start({ handlers: [handler] });
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of ids) await client.scheduleAction({ id, kind: handler.kind });
    await eventually(() => order.length > 0, { within: 2000 });
    const queue = await client.actionsQueue();
    expect(queue.kind === 'ok' && queue.value.actions.map(a => a.id)).toEqual(ids);
    expect(queue.kind === 'ok' && queue.value.actions.map(a => a.phase)).toEqual(['RUNNING', 'NEW', 'NEW']);
    handler.release();
    for (const id of ids) await finished(client, id);
    const done = await client.actionsFinished();
    const at = done.kind === 'ok' ? done.value.actions.map(a => a.id) : [];
    expect(order).toEqual(ids);
    expect([...at].sort()).toEqual([...ids].sort());
    expect(at[0]).toBe(ids[2]);
  });

  it('lists more than fifty finished actions', async () => {
    const client = await start();
    const ids = Array.from({ length: 60 }, () => randomUUID());
    for (const id of ids) await client.scheduleAction({ id, kind: 'agent.replicante.io/test.success' });
    await finished(client, ids.at(-1) ?? '');
    const done = await client.actionsFinished();
    expect(done.kind === 'ok' && done.value.actions.length).toBe(60);
  });

  it('refuses an unknown kind, a created_time that is not UTC, a bad id, a doubled id', async () => {
    const client = await start();
    const id = randomUUID();
    const kind = 'agent.replicante.io/test.success';
    const refusals: [object, number][] = [
      [{ id, kind: 'nobody/knows' }, 400],
      [{ id, kind, created_time: '2026-01-01T00:00:00+02:00' }, 400],
      [{ id, kind, created_time: 'yesterday' }, 400],
      [{ id: 'one', kind }, 400],
      [{ id, kind: '' }, 400],
      [{ id, kind, metadata: { a: 1 } }, 400],
      [{ id, kind, args: 'x'.repeat(100_000) }, 400],
      [{ id, kind, args: 'x'.repeat(300_000) }, 413],
    ];
    for (const [body, status] of refusals)
      expect(await client.scheduleAction(body as { kind: string })).toMatchObject({
        kind: 'refused',
        status,
      });
    const created = '2026-01-01T00:00:00.000Z';
    expect(await client.scheduleAction({ id, kind, created_time: created })).toEqual({
      kind: 'ok',
      value: { id },
    });
    expect((await finished(client, id)).created_time).toBe(created);
    expect((await client.scheduleAction({ id, kind })).kind).toBe('duplicate');
    expect((await client.action(randomUUID())).kind).toBe('notFound');
  });

  it('makes an id when none is given', async () => {
    const client = await start();
    const answer = await client.scheduleAction({ kind: 'agent.replicante.io/test.success' });
    expect(answer.kind === 'ok' && (await finished(client, answer.value.id)).state.phase).toBe('DONE');
  });

  it('refuses more than it wants to queue', async () => {
    const handler = waiting();
    const client = await start({ handlers: [handler], maxQueued: 1 });
    await client.scheduleAction({ kind: handler.kind });
    expect(await client.scheduleAction({ kind: handler.kind })).toMatchObject({
      kind: 'refused',
      status: 429,
    });
  });

  it('shows the chain of a handler that throws', async () => {
    const kind = 'test.example.com/throw';
    const invoke = async (): Promise<never> => {
      throw new Error('outer', { cause: new Error('inner') });
    };
    const client = await start({ handlers: [{ kind, invoke }] });
    const id = randomUUID();
    await client.scheduleAction({ id, kind });
    expect((await finished(client, id)).state.error).toEqual({
      error: true,
      error_msg: 'outer',
      error_cause: 'inner',
    });
  });

  it('keeps an action RUNNING when the agent stops in the middle, and goes on with its payload', async () => {
    const kind = 'test.example.com/long';
    const seen: unknown[] = [];
    const handler: ActionHandler = {
      kind,
      invoke: async (action, { signal, persist }) => {
        seen.push(action.payload);
        if (action.payload !== null) return { phase: 'DONE' };
        await persist({ step: 1 });
        await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
        throw new Error('broken off');
      },
    };
    const id = randomUUID();
    const client = await start({ handlers: [handler] });
    await client.scheduleAction({ id, kind });
    await eventually(() => seen.length === 1, { within: 2000 });
    const again = await start({ handlers: [handler] });
    expect((await finished(again, id)).state.phase).toBe('DONE');
    expect(seen).toEqual([null, { step: 1 }]);
  });

  it('forgets finished actions after their time, and their attempts with them', async () => {
    const now = { at: new Date('2026-01-01T00:00:00Z') };
    const id = randomUUID();
    const client = await start({ now: () => now.at });
    await client.scheduleAction({ id, kind: 'agent.replicante.io/test.success' }, { attemptId: 'a' });
    await finished(client, id);
    now.at = new Date('2026-01-14T23:59:00Z');
    expect((await (await start({ now: () => now.at })).action(id)).kind).toBe('ok');
    now.at = new Date('2026-01-15T00:01:00Z');
    const later = await start({ now: () => now.at });
    await eventually(async () => (await later.action(id)).kind === 'notFound', { within: 2000 });
    expect(await actionFiles()).toEqual([]);
  });

  it('refuses to start over a state that it cannot read', async () => {
    await start();
    await writeFile(join(stateDir, 'actions', `${randomUUID()}.json`), '{"version":1');
    await agent?.stop();
    await expect(start()).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  });
});

describe('fences and attempts', () => {
  const kind = 'agent.replicante.io/test.success';

  it('refuses a lower fence as fenced, also after a restart; an equal one and none are served', async () => {
    const client = await start();
    expect((await client.scheduleAction({ kind }, { fence: { epoch: 1, token: 7 } })).kind).toBe('ok');
    for (const fence of [
      { epoch: 1, token: 6 },
      { epoch: 0, token: 99 },
    ])
      expect(await client.scheduleAction({ kind }, { fence })).toMatchObject({
        kind: 'refused',
        fenced: true,
      });
    const again = await start();
    expect(await again.scheduleAction({ kind }, { fence: { epoch: 1, token: 6 } })).toMatchObject({
      fenced: true,
    });
    expect((await again.scheduleAction({ kind }, { fence: { epoch: 1, token: 7 } })).kind).toBe('ok');
    expect((await again.scheduleAction({ kind })).kind).toBe('ok');
  });

  it('answers a known attempt with its recorded result and does nothing again, whatever its fence', async () => {
    const client = await start();
    const first = await client.scheduleAction({ kind }, { attemptId: 'a', fence: { epoch: 1, token: 1 } });
    await client.scheduleAction({ kind }, { attemptId: 'b', fence: { epoch: 1, token: 2 } });
    expect(await client.scheduleAction({ kind }, { attemptId: 'a', fence: { epoch: 1, token: 1 } })).toEqual(
      first,
    );
    expect(await (await start()).scheduleAction({ kind }, { attemptId: 'a' })).toEqual(first);
    expect(await actionFiles()).toHaveLength(2);
  });

  it('makes one action of many equal requests at once', async () => {
    const client = await start();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => client.scheduleAction({ kind }, { idempotencyKey: 'k' })),
    );
    expect(new Set(answers.map(a => a.kind === 'ok' && a.value.id)).size).toBe(1);
    expect(await actionFiles()).toHaveLength(1);
  });

  it('does not take a fence that it cannot read for none', async () => {
    const client = await start();
    const status = await raw('POST', '/api/unstable/action', { 'replicante-fencing-token': 'x' }, '{}');
    expect(status).toBe(400);
    expect((await client.actionsFinished()).kind).toBe('ok');
  });
});

function raw(method: string, path: string, headers: Record<string, string>, body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: agent?.port, method, path, headers }, response => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('local safety', () => {
  it('serves nobody without the token of the install', async () => {
    const client = await start({ token: 'right' });
    expect((await client.infoNode()).kind).toBe('ok');
    for (const token of ['wrong', 'righ', 'rightt'])
      expect(await connections.client({ address: agent?.url ?? '', token }).infoNode()).toMatchObject({
        kind: 'refused',
        status: 401,
      });
    expect(await raw('GET', '/api/unstable/actions/queue', {})).toBe(401);
  });

  it('refuses a foreign Host and any Origin', async () => {
    await start();
    expect(await raw('GET', '/api/unstable/info/node', {})).toBe(200);
    expect(await raw('GET', '/api/unstable/info/node', { host: `evil.example:${agent?.port}` })).toBe(403);
    expect(await raw('GET', '/api/unstable/info/node', { host: '127.0.0.1' })).toBe(403);
    expect(await raw('GET', '/api/unstable/info/node', { origin: 'http://evil.example' })).toBe(403);
    expect(await raw('POST', '/api/unstable/action', { origin: 'null' }, '{}')).toBe(403);
  });

  it('refuses actions beyond loopback without mutual TLS, and still shows itself', async () => {
    await start({ listen: { host: '0.0.0.0', port: 0, names: ['127.0.0.1'] } });
    expect(await raw('GET', '/api/unstable/info/node', {})).toBe(200);
    expect(await raw('POST', '/api/unstable/action', {}, '{"kind":"agent.replicante.io/test.success"}')).toBe(
      403,
    );
  });

  it('answers malformed requests with 400 or 404 and goes on', async () => {
    const client = await start();
    expect(await raw('POST', '/api/unstable/action', {}, '{')).toBe(400);
    expect(await raw('POST', '/api/unstable/action', {}, '[]')).toBe(400);
    expect(await raw('GET', '/api/unstable/action/..%2f..%2fetc', {})).toBe(404);
    expect(await raw('GET', '/elsewhere', {})).toBe(404);
    expect(await raw('DELETE', '/api/unstable/action', {})).toBe(404);
    expect((await client.infoNode()).kind).toBe('ok');
  });
});
