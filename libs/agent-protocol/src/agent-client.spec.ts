import { afterEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { AgentConnectionsOptions } from './index.js';
import { AgentConnections, describeAnswer } from './index.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function agent(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function tcp(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer(socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(address: string, options: AgentConnectionsOptions = {}, token?: string) {
  const connections = new AgentConnections({ callTimeoutMs: 2000, ...options });
  cleanups.push(() => connections.close());
  return connections.client({ address, ...(token === undefined ? {} : { token }) });
}

const answer = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
const id = '6f1d1a52-6d8e-4b58-9a0e-0d7f6a3f7c11';

describe('reading from an agent', () => {
  it('calls the path below the address, with the token, and answers what it decoded', async () => {
    const seen: (string | undefined)[] = [];
    const address = await agent((request, response) => {
      seen.push(request.url, request.headers.authorization);
      answer(response, 200, { cluster_id: 'pg', attributes: {} });
    });
    const result = await clientOf(`${address}/`, {}, 'secret').infoStore();
    expect(result).toEqual({ kind: 'ok', value: { cluster_id: 'pg', attributes: {} } });
    expect(seen).toEqual(['/api/unstable/info/store', 'Bearer secret']);
  });

  it('keeps its connections alive: many calls need no more than two', async () => {
    const ports = new Set<number | undefined>();
    const address = await agent((request, response) => {
      ports.add(request.socket.remotePort);
      answer(response, 200, { actions: [] });
    });
    const client = clientOf(address);
    for (let i = 0; i < 30; i += 1) await client.actionsQueue();
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('tells not found, refused with its chain, and invalid with the path apart', async () => {
    const address = await agent((request, response) => {
      if (request.url?.includes('/action/')) return void response.writeHead(404).end();
      if (request.url?.endsWith('info/store')) return answer(response, 200, { cluster_id: 7 });
      answer(response, 500, { error: true, error_msg: 'outer', error_cause: 'inner' });
    });
    const client = clientOf(address);
    expect(await client.action(id)).toEqual({ kind: 'notFound' });
    expect(await client.infoNode()).toEqual({
      kind: 'refused',
      status: 500,
      fenced: false,
      error: { error: true, error_msg: 'outer', error_cause: 'inner' },
    });
    expect(await client.infoStore()).toMatchObject({ kind: 'invalid', problems: [{ path: 'cluster_id' }] });
  });

  it.each([
    [200, '<html>'],
    [502, 'bad gateway'],
    [302, ''],
  ])('answers invalid for %i %j', async (status, body) => {
    const address = await agent((_request, response) =>
      response.writeHead(status, { location: '/x' }).end(body),
    );
    expect(await clientOf(address).infoNode()).toMatchObject({ kind: 'invalid', status, excerpt: body });
  });

  it('is unreachable when nobody listens, and for an address that is none', async () => {
    const address = await tcp(socket => socket.destroy());
    await cleanups.pop()?.();
    expect(await clientOf(address).infoNode()).toMatchObject({ kind: 'unreachable', reason: 'connect' });
    for (const unfit of ['', 'nonsense', 'ftp://127.0.0.1', 'http://u:p@127.0.0.1'])
      expect(await clientOf(unfit).infoNode()).toMatchObject({ kind: 'unreachable', reason: 'address' });
  });

  it('ends a call at its deadline, also when the answer comes byte by byte', async () => {
    const address = await agent((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    });
    const startedAt = performance.now();
    const result = await clientOf(address).infoNode({ timeoutMs: 300 });
    expect(result).toMatchObject({ kind: 'outcomeUnknown', reason: 'deadline' });
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('breaks off an answer that is too large', async () => {
    const address = await agent((_request, response) => {
      response.writeHead(200);
      const flood = (): void => {
        while (response.write(Buffer.alloc(65_536, 32)));
      };
      response.on('drain', flood);
      flood();
    });
    const result = await clientOf(address, { maxAnswerBytes: 100_000 }).infoNode();
    expect(result).toMatchObject({ kind: 'outcomeUnknown', reason: 'size' });
  });

  it('survives a peer that does not speak HTTP', async () => {
    const address = await tcp(socket => socket.end('SSH-2.0-OpenSSH\r\n'));
    expect(await clientOf(address).infoNode()).toMatchObject({ kind: 'outcomeUnknown' });
  });

  it('reads once more when the kept-alive connection broke under it', async () => {
    let calls = 0;
    const address = await agent((request, response) => {
      calls += 1;
      if (calls === 2) return void request.socket.destroy();
      answer(response, 200, { actions: [] });
    });
    const client = clientOf(address);
    expect((await client.actionsQueue()).kind).toBe('ok');
    expect((await client.actionsQueue()).kind).toBe('ok');
    expect(calls).toBe(3);
  });

  it('gives up when the caller does', async () => {
    const address = await agent(() => undefined);
    const controller = new AbortController();
    const pending = clientOf(address).infoNode({ signal: controller.signal });
    controller.abort();
    expect((await pending).kind).toMatch(/unreachable|outcomeUnknown/);
    expect(await clientOf(address).infoNode({ signal: controller.signal })).toMatchObject({
      reason: 'aborted',
    });
  });
});

describe('scheduling an action', () => {
  const request = { id, kind: 'k/a', args: { n: 1 } };

  it('sends the request with the headers of the attempt', async () => {
    let seen: unknown;
    const address = await agent((incoming, response) => {
      void bodyOf(incoming).then(body => {
        seen = [
          body,
          incoming.headers['replicante-attempt-id'],
          incoming.headers['replicante-fencing-token'],
        ];
        answer(response, 200, { id });
      });
    });
    const result = await clientOf(address).scheduleAction(request, {
      attemptId: 'a1',
      fence: { epoch: 1, token: 42 },
    });
    expect(result).toEqual({ kind: 'ok', value: { id } });
    expect(seen).toEqual([request, 'a1', '1.42']);
  });

  it('tells a duplicate id from a refused fence', async () => {
    let headers: Record<string, string> = {};
    const address = await agent((_incoming, response) =>
      answer(response, 409, { error: true, error_msg: 'no' }, headers),
    );
    const client = clientOf(address);
    expect(await client.scheduleAction(request)).toMatchObject({ kind: 'duplicate' });
    headers = { 'replicante-refusal': 'fenced' };
    const fenced = await client.scheduleAction(request);
    expect(fenced).toMatchObject({ kind: 'refused', status: 409, fenced: true });
    expect(describeAnswer(fenced)).toContain('fenced');
  });

  it('sends nothing once it may not, however long it waited for a connection', async () => {
    let posts = 0;
    let arrived: (release: () => void) => void = () => undefined;
    const held = new Promise<() => void>(resolve => (arrived = resolve));
    const address = await agent((incoming, response) => {
      if (incoming.method === 'POST') posts += 1;
      arrived(() => answer(response, 200, { actions: [] }));
    });
    const client = clientOf(address, { connectionsPerOrigin: 1 });
    const holding = client.actionsQueue();
    let allowed = true;
    const waiting = client.scheduleAction(request, { maySend: () => allowed });
    const release = await held;
    allowed = false;
    release();
    await holding;
    expect(await waiting).toMatchObject({ kind: 'unreachable', reason: 'expired' });
    expect(posts).toBe(0);
  });

  it('has an unknown outcome, and is not sent again, when the connection breaks after it was written', async () => {
    let posts = 0;
    const address = await agent(incoming => {
      posts += 1;
      incoming.socket.destroy();
    });
    expect(await clientOf(address).scheduleAction(request)).toMatchObject({ kind: 'outcomeUnknown' });
    expect(posts).toBe(1);
  });

  it('has an unknown outcome when half an answer came', async () => {
    const address = await tcp(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"id":'));
    });
    expect(await clientOf(address).scheduleAction(request)).toMatchObject({ kind: 'outcomeUnknown' });
  });
});
