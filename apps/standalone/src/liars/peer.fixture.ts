import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What somebody answers to one request. */
export type Behaviour = (request: Asked, response: ServerResponse) => void;

export interface Asked {
  readonly method: string;
  /** Below `/api/unstable/` for agents; as asked for platforms. */
  readonly path: string;
  readonly body: string;
  readonly socket: Socket;
}

/** An agent or a platform of the test, on a port of its own: a liar holds up nobody else's connections. */
export interface Peer {
  readonly address: string;
  /** Methods and paths of everything that was asked, in order. */
  readonly asked: string[];
  /** Bytes written to one connection at most. */
  readonly written: () => number;
  behave: Behaviour;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export async function openPeer(behave: Behaviour): Promise<Peer> {
  let most = 0;
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/api/unstable/', '').replace(/^\//, '');
    // A client that gives up is no fault of this side.
    response.on('error', () => response.destroy());
    bodyOf(request).then(
      body => {
        peer.asked.push(`${request.method ?? ''} ${path}`);
        peer.behave({ method: request.method ?? '', path, body, socket: request.socket }, response);
      },
      () => response.destroy(),
    );
  });
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => {
      most = Math.max(most, socket.bytesWritten);
      sockets.delete(socket);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const peer: Peer = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    written: () => Math.max(most, ...[...sockets].map(socket => socket.bytesWritten)),
    behave,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return peer;
}

export const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

/** Never. */
export const hang: Behaviour = () => undefined;
/** One byte at a time, for ever. */
export const drip: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const drops = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(drops));
};
/** Ten megabytes, as fast as they are taken. */
export const flood: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  let left = 160;
  const more = (): void => {
    while (left > 0) {
      left -= 1;
      if (!response.write(Buffer.alloc(65_536, 0x20))) return;
    }
    response.end('{}');
  };
  response.on('drain', more);
  more();
};
/** Ends the connection with something that is no HTTP. */
export const babble: Behaviour = ({ socket }) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n');
