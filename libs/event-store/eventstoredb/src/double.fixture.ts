import { TcpLink, type EventStoreHarness } from '@replicante/event-store-contract';
import { eventually, startTestEventStoreDb, type TestEventStoreDb } from '@replicante/testing';
import { openWriter } from './open-writer.fixture.js';
import { openEventStoreDbEventStore } from './index.js';

/** Cases hold a line for a second and more; on a busy machine everything takes longer. */
export const TIMEOUT_MS = 3_000;

export const open = (connectionString: string) =>
  openEventStoreDbEventStore({ connectionString, timeoutMs: TIMEOUT_MS });

/** The address of a connection string, replaced. */
export const through = (url: string, link: TcpLink): string =>
  url.replace(/\/\/([^@/?]*@)?[^/?]+/, `//$1127.0.0.1:${link.port}`);

/** Ready in no time: a restart is a case of every suite, and the wait a matter of one spec. */
const NOT_READY_MS = 200;

export async function doubleHarness(): Promise<EventStoreHarness> {
  return harnessOf(await startTestEventStoreDb({ notReadyMs: NOT_READY_MS }));
}

async function harnessOf(server: TestEventStoreDb): Promise<EventStoreHarness> {
  const links: TcpLink[] = [];
  await ready(server.url);
  return {
    openStore: () => open(server.url),
    deadlineMs: 2 * TIMEOUT_MS + 1_000,
    close: async () => {
      await Promise.all(links.map(link => link.close()));
      await server.stop();
    },
    server: {
      kill: () => server.kill(),
      freeze: () => server.freeze(),
      thaw: () => server.thaw(),
      restart: () => server.restart(),
      openBehindLink: async () => {
        const link = await TcpLink.to({ host: '127.0.0.1', port: server.port });
        links.push(link);
        return { store: await open(through(server.url, link)), link };
      },
      restoredCopy: async () => {
        const copy = await server.copy();
        await ready(copy.url);
        const store = await open(copy.url);
        const close = async () => {
          await store.close();
          await copy.stop();
        };
        return { store, close };
      },
      openWriterElsewhere: () => openWriter({ host: '127.0.0.1', port: server.port }),
    },
  };
}

/** Opening fails as long as the server is not ready, as it should. */
export async function ready(url: string): Promise<void> {
  const store = await eventually(() => open(url), { within: 15_000 });
  await store.close();
}
