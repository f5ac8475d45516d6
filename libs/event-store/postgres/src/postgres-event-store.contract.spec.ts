import { eventStoreContract, TcpLink } from '@replicante/event-store-contract';
import { createDatabase, startTestPostgres } from '@replicante/testing';
import { Client } from 'pg';
import { openPostgresEventStore } from './index.js';
import { restoreRows } from './restore-rows.fixture.js';

/** Short, for laws about a frozen server wait it out; not so short that a busy machine does. */
const STATEMENT_TIMEOUT_MS = 3_000;
const open = (connectionString: string) =>
  openPostgresEventStore({ connectionString, statementTimeoutMs: STATEMENT_TIMEOUT_MS });

eventStoreContract('postgres', async () => {
  // Durable: what the server acknowledged must survive its SIGKILL.
  const server = await startTestPostgres({ durable: true });
  const links: TcpLink[] = [];
  return {
    openStore: () => open(server.url),
    deadlineMs: 2 * STATEMENT_TIMEOUT_MS + 1_000,
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
        const url = new URL(server.url);
        url.port = String(link.port);
        return { store: await open(url.toString()), link };
      },
      restoredCopy: async () => {
        const fresh = await startTestPostgres();
        await (await open(fresh.url)).close();
        await restoreRows(server.url, fresh.url, 'event_store');
        const store = await open(fresh.url);
        const close = async () => {
          await store.close();
          await fresh.stop();
        };
        return { store, close };
      },
      openWriterElsewhere: async () => {
        const database = await createDatabase(server.url);
        const client = new Client({ connectionString: database.url });
        await client.connect();
        await client.query('create table written (id int)');
        await client.query('begin');
        await client.query('insert into written values (1)');
        const close = async () => {
          await client.query('rollback');
          await client.end();
          await database.drop();
        };
        return { close };
      },
    },
  };
});
