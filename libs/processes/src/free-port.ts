import { randomInt } from 'node:crypto';
import { type Server, createServer } from 'node:net';
import { systemCode } from './process-error.js';

/**
 * Below the range from which outgoing connections take their own port (32768 on Linux, 49152 on macOS): a server that
 * is killed must find its port free when it comes back, and not in the hands of some client's connection.
 */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 1_000;

/** A TCP port of 127.0.0.1 that is free now; whoever uses it must still handle finding it taken. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no port');
  return port;
}

/** That many different free ports: all are held open until all are known. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held: { readonly port: number; readonly server: Server }[] = [];
  for (let tries = 0; held.length < count; tries += 1) {
    if (tries > TRIES) throw new Error(`no ${count} free ports between ${FIRST} and ${LAST} of 127.0.0.1`);
    const port = randomInt(FIRST, LAST);
    const server = await hold(port);
    if (server) held.push({ port, server });
  }
  await Promise.all(held.map(({ server }) => new Promise(closed => server.close(closed))));
  return held.map(({ port }) => port);
}

/** Whether somebody could listen on that port of 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = await hold(port);
  if (server) await new Promise(closed => server.close(closed));
  return server !== undefined;
}

function hold(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((answer, failed) => {
    server.once('error', error => {
      if (['EADDRINUSE', 'EACCES'].includes(systemCode(error) ?? '')) answer(undefined);
      else failed(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => answer(server));
  });
}
