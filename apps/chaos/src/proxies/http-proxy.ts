import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  createServer,
  request,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Crossings } from './crossings.js';

/** A request with an effect as it crossed a proxy: the harness's own record of what was sent when. */
export interface SentRequest {
  readonly link: 'platform' | 'agent';
  /** Node of an agent. */
  readonly node: string | null;
  readonly path: string;
  readonly attemptId: string | null;
  readonly fence: string | null;
  /** Milliseconds since 1970: when it had arrived at the proxy, which is never frozen. */
  readonly arrivedAt: number;
  /** Of the answer; null: dropped, or none came. */
  readonly status: number | null;
}

export interface HttpProxyOptions {
  readonly link: 'platform' | 'agent';
  readonly node?: string;
  readonly target: () => number;
  readonly crossings: Crossings;
  readonly record: (sent: SentRequest) => void;
  /** Changes an answer's body. */
  readonly rewrite?: (path: string, body: Buffer) => Promise<Buffer>;
  /** Sends some requests a second time with other headers: a defect planted on the wire. */
  readonly twice?: (path: string, headers: IncomingHttpHeaders) => IncomingHttpHeaders | undefined;
}

export interface Proxy {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Longer than any deadline of the suite: who waits for the answer gives up first, as on a real wire. */
const ANSWER_WITHIN_MS = 60_000;

/** Holds each request and each answer whole, asks whether it may cross, and passes it on. */
export async function startHttpProxy(options: HttpProxyOptions): Promise<Proxy> {
  const server = createServer((incoming, outgoing) => {
    handle(options, incoming)
      .then(answer => {
        if (answer === undefined) return void incoming.socket.destroy();
        const { 'transfer-encoding': _chunked, connection: _connection, ...headers } = answer.headers;
        outgoing.writeHead(answer.status, { ...headers, 'content-length': String(answer.body.length) });
        outgoing.end(answer.body);
      })
      .catch(() => incoming.socket.destroy()); // the other side died: its client sees a broken connection
  });
  server.requestTimeout = 0;
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function handle(options: HttpProxyOptions, incoming: IncomingMessage): Promise<Answer | undefined> {
  const { link, node, crossings } = options;
  const path = incoming.url ?? '/';
  const effect = incoming.method === 'POST';
  const body = await bodyOf(incoming);
  const arrivedAt = Date.now();
  const crossing = {
    link,
    effect,
    what: `${incoming.method} ${path}`,
    ...(node === undefined ? {} : { near: node }),
  };
  let answer: Answer | undefined;
  try {
    if ((await crossings.cross({ ...crossing, moment: 'before' })) === 'drop') return undefined;
    answer = await forward(options.target(), incoming, incoming.headers, body);
    const again = options.twice?.(path, incoming.headers);
    if (again) await forward(options.target(), incoming, again, body);
  } finally {
    if (effect)
      options.record({
        ...{ link, node: node ?? null, path, arrivedAt, status: answer?.status ?? null },
        attemptId: header(incoming.headers, 'replicante-attempt-id'),
        fence: header(incoming.headers, 'replicante-fencing-token'),
      });
  }
  const rewritten =
    options.rewrite && answer.status === 200
      ? { ...answer, body: await options.rewrite(path, answer.body) }
      : answer;
  return (await crossings.cross({ ...crossing, moment: 'after' })) === 'drop' ? undefined : rewritten;
}

function header(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}

function forward(
  port: number,
  incoming: IncomingMessage,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port, method: incoming.method, path: incoming.url },
        // The peer checks that it is asked by its own name (safety.md §13).
        headers: { ...headers, host: `127.0.0.1:${port}`, connection: 'close' },
        agent: false,
      },
      response => {
        bodyOf(response).then(
          text => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: text }),
          reject,
        );
      },
    );
    outgoing.setTimeout(ANSWER_WITHIN_MS, () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function close(server: Server): Promise<void> {
  return new Promise(closed => {
    server.close(() => closed());
    server.closeAllConnections();
  });
}
