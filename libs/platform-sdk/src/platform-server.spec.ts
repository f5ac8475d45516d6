import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProvisionAnswer } from '@replicante/platform-protocol';
import {
  type Attempt,
  AttemptJournal,
  type CallLogEntry,
  PlatformRefusal,
  type PlatformServer,
  startPlatformServer,
} from './index.js';

const body = JSON.stringify({
  cluster: {
    cluster_id: 'pg',
    store: 's',
    store_version: '1',
    nodes: { g: { desired_count: 1, node_class: 'c' } },
  },
  provision: { count: 1, node_group_id: 'g' },
});
const json = { 'content-type': 'application/json', authorization: 'Bearer secret' };

let folder: string;
let journal: AttemptJournal;
let server: PlatformServer;
let attempts: Attempt[];
let next: (attempt: Attempt) => Promise<ProvisionAnswer>;
const calls: CallLogEntry[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replicante-sdk-'));
  journal = await AttemptJournal.open(join(folder, 'attempts.jsonl'));
  attempts = [];
  calls.length = 0;
  next = async () => ({ count: 1, node_ids: [`n-${attempts.length}`] });
  server = await startPlatformServer({
    platform: {
      discover: async () => [],
      provision: (_request, attempt) => {
        attempts.push(attempt);
        return next(attempt);
      },
      deprovision: async () => undefined,
    },
    token: 'secret',
    port: 0,
    journal,
    callLog: { write: entry => void calls.push(entry) },
    maxBodyBytes: 2_000,
  });
});
afterEach(async () => {
  await server.close();
  await journal.close();
  await rm(folder, { recursive: true });
});

async function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  content?: string,
): Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; body: unknown }> {
  const request = httpRequest({ host: '127.0.0.1', port: server.port, method, path, headers, agent: false });
  request.end(content);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return {
    status: response.statusCode,
    headers: response.headers,
    body: text === '' ? null : (JSON.parse(text) as unknown),
  };
}
const provision = (headers: Record<string, string> = {}, content = body) =>
  send('POST', '/provision', { ...json, ...headers }, content);

describe('a platform server', () => {
  it('serves discover by GET and POST and advertises keys', async () => {
    for (const method of ['GET', 'POST']) {
      const answer = await send(method, '/discover', json);
      expect(answer).toMatchObject({ status: 200, body: { clusters: [] } });
      expect(answer.headers['replicante-idempotency']).toBe('keys');
    }
  });

  it.each([
    [401, 'no token', { authorization: '' }],
    [401, 'a wrong token', { authorization: 'Bearer secreu' }],
    [403, 'a page of a browser', { origin: 'http://127.0.0.1' }],
    [421, 'a name that was bound to us', { host: 'evil.example:80' }],
  ])('answers %i to %s, before anything is done', async (status, _who, headers) => {
    expect(await provision(headers)).toMatchObject({ status, body: { error: true } });
    expect(attempts).toEqual([]);
    expect(calls).toEqual([]);
  });

  it.each([
    [404, 'GET', '/nothing', {}, undefined],
    [404, 'GET', '//', {}, undefined],
    [404, 'GET', 'http://[', {}, undefined],
    [405, 'GET', '/provision', {}, undefined],
    [405, 'DELETE', '/discover', {}, undefined],
    [415, 'POST', '/provision', { 'content-type': 'text/plain' }, body],
    [400, 'POST', '/provision', {}, '{'],
    [400, 'POST', '/provision', {}, '{"cluster":{}}'],
    [400, 'POST', '/provision', { 'replicante-fencing-token': 'x' }, body],
    [413, 'POST', '/provision', {}, `"${'x'.repeat(3_000)}"`],
  ])('answers %i with an error document to %s %s %j', async (status, method, path, headers, content) => {
    const answer = await send(method, path, { ...json, ...headers }, content);
    expect(answer).toMatchObject({ status, body: { error: true, error_msg: expect.any(String) as unknown } });
    expect(attempts).toEqual([]);
  });

  it('carries out a known attempt once, also when both come at once', async () => {
    const headers = { 'replicante-attempt-id': 'a', 'idempotency-key': 'k' };
    const answers = await Promise.all([
      provision(headers),
      provision(headers),
      provision({ 'idempotency-key': 'k' }),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { node_ids: ['n-1'] } });
    expect(attempts).toHaveLength(1);
    expect(calls.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(2);
    expect(await provision(headers, body.replace('"count":1', '"count":2'))).toMatchObject({ status: 422 });
  });

  it('carries out calls without ids each time', async () => {
    await provision();
    await provision();
    expect(attempts).toHaveLength(2);
  });

  it('refuses a lower fence with 409 and says so to machines', async () => {
    await provision({ 'replicante-fencing-token': '1.5' });
    const lower = await provision({ 'replicante-fencing-token': '1.4' });
    expect(lower.status).toBe(409);
    expect(lower.headers['replicante-refusal']).toBe('fenced');
    expect(await provision({ 'replicante-fencing-token': '1.5' })).toMatchObject({ status: 200 });
    expect(attempts).toHaveLength(2);
  });

  it('has the fence on disk before the effect begins', async () => {
    let seen: unknown;
    next = async () => {
      const copy = await AttemptJournal.open(join(folder, 'attempts.jsonl'));
      seen = [copy.highestFence('pg'), copy.find({ attemptId: 'a', idempotencyKey: null })?.result];
      await copy.close();
      return { count: 1, node_ids: null };
    };
    await provision({ 'replicante-fencing-token': '1.5', 'replicante-attempt-id': 'a' });
    expect(seen).toEqual([{ epoch: 1, token: 5 }, undefined]);
  });

  it('records a refusal, and gives a failed attempt back as interrupted', async () => {
    next = async () => Promise.reject(new PlatformRefusal(404, 'no such class', { node_class: 'c' }));
    const refused = await provision({ 'idempotency-key': 'r' });
    expect(refused).toMatchObject({
      status: 404,
      body: { error: true, error_msg: 'no such class', node_class: 'c' },
    });
    expect(await provision({ 'idempotency-key': 'r' })).toMatchObject({ status: 404 });
    expect(attempts).toHaveLength(1);

    next = async () => Promise.reject(new Error('disk full'));
    expect(await provision({ 'idempotency-key': 'f' })).toMatchObject({
      status: 500,
      body: { error_msg: 'disk full' },
    });
    next = async () => ({ count: 1, node_ids: ['n'] });
    expect(await provision({ 'idempotency-key': 'f' })).toMatchObject({ status: 200 });
    expect(attempts.map(({ interrupted }) => interrupted)).toEqual([false, false, true]);
  });

  it('answers 204 without a body to deprovision', async () => {
    const answer = await send('POST', '/deprovision', json, '{"cluster_id":"pg","node_id":"n"}');
    expect(answer).toMatchObject({ status: 204, body: null });
  });

  it('logs the call before and after it', async () => {
    await provision({ 'replicante-attempt-id': 'a', 'replicante-fencing-token': '0.1' });
    expect(calls).toMatchObject([
      { phase: 'before', call: 1, endpoint: 'provision', clusterId: 'pg', attemptId: 'a', fence: '0.1' },
      { phase: 'after', call: 1, status: 200, outcome: 'done' },
    ]);
  });
});
