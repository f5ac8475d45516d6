import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import type { Crossings, Link } from './crossings.js';
import type { Proxy } from './http-proxy.js';

/** Links that are bytes to the harness, and what a request looks like that changes something. */
const CHANGES = {
  // A statement, an append or a record that carries an event, or a record of a task.
  database: /(cluster|platform|namespace)\.[A-Z][A-Za-z]+\.v1/,
  eventstoredb: /(cluster|platform|namespace)\.[A-Z][A-Za-z]+\.v1/,
  kafka: /(cluster|platform|namespace)\.[A-Z][A-Za-z]+\.v1|"cluster_id"/,
  consul: /^(PUT|DELETE) /,
} as const satisfies Partial<Record<Link, RegExp>>;
export type TcpLink = keyof typeof CHANGES;

/**
 * A connection passed on as it comes; a chunk is held when it is the one waited for. The answer to a request is the next
 * thing that the server says on that connection.
 */
export async function startTcpProxy(options: {
  readonly link: TcpLink;
  readonly target: () => number | Promise<number>;
  readonly crossings: Crossings;
}): Promise<Proxy> {
  const { link, target, crossings } = options;
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const join = async (): Promise<void> => {
      const database = connect(await target(), '127.0.0.1');
      for (const socket of [client, database]) {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => socket.destroy());
      }
      const end = (): void => {
        client.destroy();
        database.destroy();
      };
      client.on('close', end);
      database.on('close', end);
      let changes = false;
      const cross = async (moment: 'before' | 'after', effect: boolean): Promise<boolean> =>
        (await crossings.cross({
          link,
          moment,
          effect,
          what: effect ? `a write to ${link}` : `bytes of ${link}`,
        })) === 'pass';
      const requests = pass(client, database, async chunk => {
        changes = CHANGES[link].test(chunk.toString('latin1'));
        return cross('before', changes);
      });
      const answers = pass(database, client, () => {
        const effect = changes;
        changes = false;
        return cross('after', effect);
      });
      await Promise.race([requests, answers]).finally(end);
    };
    join().catch(() => client.destroy()); // the database is down: the client sees a broken connection
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
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Ends when the source ends, or when a chunk may not cross. */
async function pass(from: Socket, to: Socket, may: (chunk: Buffer) => Promise<boolean>): Promise<void> {
  for await (const chunk of from) {
    if (!(await may(chunk as Buffer))) return;
    if (!to.write(chunk as Buffer)) await once(to, 'drain');
  }
}
