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
import { FLEET_NS } from '../world/fleet-namespace.js';

interface UnaryAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
}

/** Where a call goes: a port, and which process of a stack that is. */
export interface GrpcTarget {
  readonly port: number;
  readonly process?: string;
}

/** A call that was answered, as it went back through the proxy. */
export interface AnsweredCall {
  /** `/replicante.control.v1.ControlService/SubmitObservation` */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ok: boolean;
  /** About the cluster that is changed, and not one of the fleet. */
  readonly ofCluster: boolean;
}

export interface GrpcProxyOptions {
  readonly link: 'command' | 'control';
  /** Throws when nobody could be asked: the caller sees a broken connection. */
  readonly target: () => GrpcTarget;
  readonly crossings: Crossings;
  readonly record?: (call: AnsweredCall) => void;
}

/** `ns_id`, the second field of every request of `control.v1`. Faults strike at what changes the one cluster. */
const OF_FLEET = Buffer.concat([Buffer.from([0x12, FLEET_NS.length]), Buffer.from(FLEET_NS)]);

/** Calls that record something. */
const CHANGES = /CommandService\/|ControlService\/(Begin|Submit|Record)/;

/** Unary gRPC calls, held whole in each direction. */
export async function startGrpcProxy(options: GrpcProxyOptions): Promise<Proxy> {
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
  { link, target, crossings, record }: GrpcProxyOptions,
): Promise<void> {
  const path = String(headers[constants.HTTP2_HEADER_PATH]);
  const body = await bodyOf(stream);
  const ofCluster = !body.includes(OF_FLEET);
  const { port, process } = target();
  const near = process === undefined ? {} : { near: process };
  const crossing = { link, effect: ofCluster && CHANGES.test(path), what: path, ...near } as const;
  if ((await crossings.cross({ ...crossing, moment: 'before' })) === 'drop') return stream.session?.destroy();
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const answer = await call(session, headers, body);
    const status = answer.trailers['grpc-status'] ?? answer.headers['grpc-status'];
    record?.({ path, at: Date.now(), ok: status === '0', ofCluster });
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
