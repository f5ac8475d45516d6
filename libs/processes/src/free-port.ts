import { type Server, createServer } from 'node:net';
import { once } from 'node:events';

/** A TCP port of 127.0.0.1 that is free now; whoever uses it must still handle finding it taken. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no port');
  return port;
}

/** That many different free ports: all are held open until all are known. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(server => new Promise(closed => server.close(closed))));
  return ports;
}

/** Whether somebody could listen on that port of 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((answer, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') answer(false);
      else failed(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => answer(true));
  });
  if (free) await new Promise(closed => server.close(closed));
  return free;
}

async function listen(): Promise<Server> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
}
