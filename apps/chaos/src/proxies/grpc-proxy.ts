import {
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  connect,
  constants,
  createServer,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Crossings } from './crossings.js';
import type { Proxy } from './http-proxy.js';

interface UnaryAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
}

/** Unary gRPC calls, held whole in each direction. */
export async function startGrpcProxy(options: {
  readonly target: () => number;
  readonly crossings: Crossings;
}): Promise<Proxy> {
  const server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', session => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined); // its client went away: nobody is left to tell
    relay(stream, headers, options).catch(() => stream.session?.destroy());
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(closed => {
        server.close(() => closed());
        for (const session of sessions) session.destroy();
      }),
  };
}

async function relay(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { target, crossings }: Parameters<typeof startGrpcProxy>[0],
): Promise<void> {
  const path = String(headers[constants.HTTP2_HEADER_PATH]);
  const body = await bodyOf(stream);
  const crossing = { link: 'command', effect: /CommandService\//.test(path), what: path } as const;
  if ((await crossings.cross({ ...crossing, moment: 'before' })) === 'drop') return stream.session?.destroy();
  const session = connect(`http://127.0.0.1:${target()}`);
  try {
    const answer = await call(session, headers, body);
    if ((await crossings.cross({ ...crossing, moment: 'after' })) === 'drop')
      return stream.session?.destroy();
    if (!stream.destroyed) respond(stream, answer);
  } finally {
    session.destroy();
  }
}

function call(session: ClientHttp2Session, headers: IncomingHttpHeaders, body: Buffer): Promise<UnaryAnswer> {
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request(headers);
    let answered: IncomingHttpHeaders | undefined;
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received: IncomingHttpHeaders) => (answered = received));
    stream.on('trailers', (received: IncomingHttpHeaders) => (trailers = received));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      if (answered && stream.rstCode === constants.NGHTTP2_NO_ERROR)
        resolve({ headers: answered, body: Buffer.concat(chunks), trailers });
      else reject(new Error('the service went away'));
    });
    stream.end(body);
  });
}

function respond(stream: ServerHttp2Stream, { headers, body, trailers }: UnaryAnswer): void {
  // A refusal comes as headers alone ("trailers only").
  if (body.length === 0 && Object.keys(trailers).length === 0)
    return stream.respond(headers, { endStream: true });
  stream.respond(headers, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}

async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
