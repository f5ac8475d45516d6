import { TcpLink, type EventStoreHarness } from '@replicante/event-store-contract';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { open, ready, through, TIMEOUT_MS } from './double.fixture.js';
import { openWriter } from './open-writer.fixture.js';

/**
 * The suite on a server that runs elsewhere (`EVENTSTOREDB_URL`). It must be fresh, since the suite begins with an empty store,
 * and reachable without TLS. Nobody here can kill or freeze it: the line to it is cut and held instead, which is all that a
 * client sees of either.
 */
export async function realServerHarness(url: string): Promise<EventStoreHarness> {
  const [, host = '127.0.0.1', port = '2113'] = /\/\/(?:[^@/?]*@)?([^:/?]+)(?::(\d+))?/.exec(url) ?? [];
  const line = await TcpLink.to({ host, port: Number(port) });
  const links: TcpLink[] = [line];
  const reached = through(url, line);
  return {
    openStore: () => open(reached),
    deadlineMs: 2 * TIMEOUT_MS + 1_000,
    close: async () => {
      for (const link of links.toReversed()) await link.close();
    },
    server: {
      kill: async () => line.refuse(),
      freeze: () => {
        line.holdRequests();
        line.holdAnswers();
      },
      thaw: () => line.release(),
      restart: async () => {
        line.refuse();
        line.accept();
      },
      openBehindLink: async () => {
        const link = await TcpLink.to({ host: '127.0.0.1', port: line.port });
        links.push(link);
        return { store: await open(through(url, link)), link };
      },
      restoredCopy: async () => {
        const restore = process.env['EVENTSTOREDB_RESTORE'] ?? '';
        if (restore === '')
          throw new Error(
            'EVENTSTOREDB_RESTORE must be a command that backs the server up, restores it elsewhere and prints that URL',
          );
        const { stdout } = await promisify(execFile)('/bin/sh', ['-c', restore]);
        const copy = stdout.trim();
        await ready(copy);
        const store = await open(copy);
        return { store, close: () => store.close() };
      },
      openWriterElsewhere: () => openWriter({ host, port: Number(port) }),
    },
  };
}
