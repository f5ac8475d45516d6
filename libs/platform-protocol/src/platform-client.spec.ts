import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type RequestListener, createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, type Server, type Socket, createServer as createTcpServer } from 'node:net';
import {
  type PlatformClient,
  PlatformConnections,
  type PlatformConnectionsOptions,
  describePlatformResult,
} from './index.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => sockets.add(socket));
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise(done => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const platform = (listener: RequestListener): Promise<string> => listen(createServer(listener));
const tcp = (onConnection: (socket: Socket) => void): Promise<string> =>
  listen(createTcpServer(socket => void onConnection(socket.on('error', () => undefined))));

function clientOf(baseUrl: string, options: PlatformConnectionsOptions = {}, token?: string): PlatformClient {
  const connections = new PlatformConnections({ callTimeoutMs: 2_000, ...options });
  cleanups.push(() => connections.close());
  return connections.client({ baseUrl, token });
}

const request = {
  cluster: { cluster_id: 'pg', store: 's', store_version: '1', attributes: {}, nodes: {} },
  provision: { count: 1, node_group_id: 'g' },
};

describe('calling a platform', () => {
  it('joins endpoints below the base path, with token and the headers of the attempt', async () => {
    const seen: unknown[] = [];
    const url = await platform((req, res) => {
      const {
        authorization,
        'replicante-attempt-id': id,
        'replicante-fencing-token': fence,
        'idempotency-key': key,
      } = req.headers;
      seen.push([req.method, req.url, authorization, id, fence, key]);
      res.end('{"count":1,"node_ids":null}');
    });
    const attempt = { attemptId: 'a', fence: { epoch: 1, token: 2 }, idempotencyKey: 'k' };
    expect(await clientOf(`${url}/base`, {}, 'secret').provision(request, attempt)).toEqual({
      kind: 'ok',
      value: { count: 1, node_ids: null },
    });
    expect(seen).toEqual([['POST', '/base/provision', 'Bearer secret', 'a', '1.2', 'k']]);
  });

  it('knows whether the platform honours idempotency keys', async () => {
    const plain = await platform((_req, res) => res.end('{"clusters":[]}'));
    const keys = await platform((_req, res) =>
      res.setHeader('Replicante-Idempotency', 'keys').end('{"clusters":[]}'),
    );
    expect(await clientOf(plain).discover()).toMatchObject({ value: { idempotencyKeys: false } });
    expect(await clientOf(keys).discover()).toMatchObject({ value: { idempotencyKeys: true } });
  });

  it.each([200, 204])('takes %i for deprovision and ignores the body', async status => {
    const url = await platform((_req, res) =>
      res.writeHead(status).end(status === 200 ? '<html>' : undefined),
    );
    expect(await clientOf(url).deprovision({ cluster_id: 'c', node_id: 'n' })).toEqual({
      kind: 'ok',
      value: undefined,
    });
  });

  it('tells a fenced 409 from another refusal', async () => {
    const url = await platform((req, res) => {
      if (req.headers['replicante-fencing-token']) res.setHeader('Replicante-Refusal', 'fenced');
      res.writeHead(409).end('{"error":true,"error_msg":"no"}');
    });
    const client = clientOf(url);
    const error = { error: true, error_msg: 'no' };
    expect(await client.provision(request)).toEqual({ kind: 'refused', status: 409, fenced: false, error });
    const fenced = await client.provision(request, { fence: { epoch: 0, token: 1 } });
    expect(fenced).toEqual({ kind: 'refused', status: 409, fenced: true, error });
    expect(describePlatformResult(fenced)).toBe('refused with 409 (fenced): no');
  });

  it.each([
    [200, '<html>'],
    [200, '{"count":"1"}'],
    [302, ''],
  ])('answers invalid for %i %j', async (status, body) => {
    const url = await platform((_req, res) => res.writeHead(status, { location: '/x' }).end(body));
    expect(await clientOf(url).provision(request)).toMatchObject({ kind: 'invalid', status, excerpt: body });
  });

  it('is unreachable when nothing was sent: nobody there, no address, not allowed any more', async () => {
    const url = await platform((_req, res) => res.end());
    await cleanups.pop()?.();
    expect(await clientOf(url).provision(request)).toMatchObject({ kind: 'unreachable', reason: 'connect' });
    for (const unfit of ['', 'host', 'ftp://h', 'http://user:pw@h']) {
      expect(await clientOf(unfit).provision(request)).toMatchObject({
        kind: 'unreachable',
        reason: 'address',
      });
    }
    let calls = 0;
    const up = await platform((_req, res) => {
      calls += 1;
      res.end('{"count":1}');
    });
    const client = clientOf(up);
    expect(await client.provision(request, { maySend: () => false })).toMatchObject({
      kind: 'unreachable',
      reason: 'expired',
    });
    expect(calls).toBe(0);
    expect(await client.provision(request, { maySend: () => true })).toMatchObject({ kind: 'ok' });
  });

  it('does not know the outcome when the connection breaks after it was sent, and sends it once', async () => {
    let requests = 0;
    const url = await tcp(socket => {
      socket.once('data', () => {
        requests += 1;
        socket.destroy();
      });
    });
    expect(await clientOf(url).provision(request)).toMatchObject({
      kind: 'outcomeUnknown',
      reason: 'connection',
    });
    expect(requests).toBe(1);
  });

  it.each([
    ['says nothing', ''],
    ['trickles', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{'],
  ])('ends a call whose platform %s at its deadline, outcome unknown', async (_what, bytes) => {
    const url = await tcp(socket => void socket.once('data', () => socket.write(bytes)));
    const begun = performance.now();
    const result = await clientOf(url).provision(request, { timeoutMs: 200 });
    expect(result).toMatchObject({ kind: 'outcomeUnknown', reason: 'deadline' });
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it('does not take an answer above its bound', async () => {
    const url = await platform((_req, res) => res.end(`{"clusters":[],"x":"${'x'.repeat(5_000)}"}`));
    expect(await clientOf(url, { maxAnswerBytes: 1_000 }).discover()).toMatchObject({
      kind: 'outcomeUnknown',
      reason: 'size',
    });
    expect(await clientOf(url).discover()).toMatchObject({ kind: 'ok' });
  });

  it('repeats a discovery once when a kept connection had gone', async () => {
    let requests = 0;
    const url = await tcp(socket => {
      socket.on('data', () => {
        requests += 1;
        if (requests === 2) return socket.destroy();
        return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"clusters":[]}');
      });
    });
    const client = clientOf(url);
    expect(await client.discover()).toMatchObject({ kind: 'ok' });
    expect(await client.discover()).toMatchObject({ kind: 'ok' });
    expect(requests).toBe(3);
  });

  it('trusts the bundle that it was given in addition, and anything only when told to', async () => {
    const fixture = (name: string) =>
      readFileSync(new URL(`../fixtures/test-only.${name}.pem`, import.meta.url), 'utf8');
    const listener: RequestListener = (_req, res) => res.end('{"clusters":[]}');
    const url = await listen(createHttpsServer({ key: fixture('key'), cert: fixture('cert') }, listener));
    const baseUrl = url.replace('http:', 'https:');
    const connections = new PlatformConnections({ callTimeoutMs: 2_000 });
    cleanups.push(() => connections.close());
    const discover = (target: object) => connections.client({ baseUrl, ...target }).discover();
    expect(await discover({})).toMatchObject({ kind: 'unreachable', reason: 'tls' });
    expect(await discover({ caBundle: fixture('cert') })).toMatchObject({ kind: 'ok' });
    expect(await discover({ insecureSkipVerify: true })).toMatchObject({ kind: 'ok' });
    expect(await discover({})).toMatchObject({ kind: 'unreachable', reason: 'tls' });
  });
});
