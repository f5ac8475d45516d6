import { type Server, type ServerResponse, createServer } from 'node:http';
import { platformError } from '@replicante/platform-protocol';
import { messageOf } from '@replicante/processes';
import { type Answer, PlatformRoutes, type RouteOptions } from './platform-routes.js';

export interface PlatformServerOptions extends RouteOptions {
  /** 0 chooses one. Only 127.0.0.1 is listened on: anything else would need mTLS (safety.md §13). */
  readonly port: number;
}

export interface PlatformServer {
  readonly port: number;
  /** Takes no more requests and waits for those under way. */
  close(): Promise<void>;
}

/** Serves the platform protocol (§6) for an implementation. Rejects when the port cannot be had. */
export async function startPlatformServer(options: PlatformServerOptions): Promise<PlatformServer> {
  const routes = new PlatformRoutes(options);
  const server = createServer((request, response) => {
    void routes
      .answer(request)
      .catch((error: unknown): Answer => ({ status: 500, body: platformError(messageOf(error)) }))
      .then(answer => send(response, answer));
  });
  server.requestTimeout = 30_000;
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(options.port, '127.0.0.1', listening);
  });
  return { port: portOf(server), close: () => closeServer(server) };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  // After an answer to a body that was not read to its end the connection cannot be used again.
  const close = status === 413 ? { connection: 'close' } : {};
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
    ...close,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((closed, failed) => {
    server.close(error => (error ? failed(error) : closed()));
    server.closeIdleConnections();
  });
}
