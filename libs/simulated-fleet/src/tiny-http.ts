import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The JSON of the answer; `not found`: 404; `hangs`: it is never answered. */
export type Answer = { readonly json: string } | 'not found' | 'hangs';
/** `address`: the one of this machine that was called. */
export type Answering = (method: string, path: string, address: string) => Answer;

const HEAD_END = '\r\n\r\n';
const MAX_HEAD = 16_384;

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n';
const found = (body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

export interface Listening {
  readonly server: Server;
  readonly port: number;
}

/**
 * HTTP/1.1 with keep-alive and no more: requests without a body, in order. Thousands of agents in one process must cost
 * little, so that what is measured is who asks and not who answers.
 */
export const listen = (answering: Answering): Promise<Listening> => open(answering, '127.0.0.1', 16);

/**
 * One listener for all of 127.0.0.0/8, each address an origin of its own: a listener each would take as many handles as
 * the connections do. There is no way to bind a network, so whoever called another address of this machine is cut off.
 */
export const listenOnLoopback = (answering: Answering): Promise<Listening> =>
  open(answering, '0.0.0.0', 1_024);

async function open(answering: Answering, host: string, backlog: number): Promise<Listening> {
  const server = createServer({ noDelay: true }, socket => serve(socket, answering));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host, backlog }, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function serve(socket: Socket, answering: Answering): void {
  const { localAddress = '' } = socket;
  if (!localAddress.startsWith('127.')) {
    socket.destroy();
    return;
  }
  let pending = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', chunk => {
    pending += chunk.toString('latin1');
    for (let end = pending.indexOf(HEAD_END); end >= 0; end = pending.indexOf(HEAD_END)) {
      const [method = '', path = ''] = pending.slice(0, pending.indexOf('\r\n')).split(' ', 2);
      pending = pending.slice(end + HEAD_END.length);
      const answer = answering(method, path, localAddress);
      if (answer !== 'hangs') socket.write(answer === 'not found' ? NOT_FOUND : found(answer.json));
    }
    if (pending.length > MAX_HEAD) socket.destroy();
  });
}
