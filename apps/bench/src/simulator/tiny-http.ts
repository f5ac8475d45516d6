import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The JSON of the answer; `not found`: 404; `hangs`: it is never answered. */
export type Answering = (method: string, path: string) => { readonly json: string } | 'not found' | 'hangs';

const HEAD_END = '\r\n\r\n';
const MAX_HEAD = 16_384;

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n';
const found = (body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/**
 * HTTP/1.1 with keep-alive and no more: requests without a body, in order. Thousands of agents in one process must cost
 * little, so that what is measured is who asks and not who answers.
 */
export async function listen(
  answering: Answering,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ noDelay: true }, socket => serve(socket, answering));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 16 }, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function serve(socket: Socket, answering: Answering): void {
  let pending = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', chunk => {
    pending += chunk.toString('latin1');
    for (let end = pending.indexOf(HEAD_END); end >= 0; end = pending.indexOf(HEAD_END)) {
      const [method = '', path = ''] = pending.slice(0, pending.indexOf('\r\n')).split(' ', 2);
      pending = pending.slice(end + HEAD_END.length);
      const answer = answering(method, path);
      if (answer !== 'hangs') socket.write(answer === 'not found' ? NOT_FOUND : found(answer.json));
    }
    if (pending.length > MAX_HEAD) socket.destroy();
  });
}
