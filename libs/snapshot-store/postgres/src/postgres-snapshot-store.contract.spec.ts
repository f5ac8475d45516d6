import { snapshotStoreContract } from '@replicante/snapshot-store-contract';
import { startTestPostgres } from '@replicante/testing';
import { Client } from 'pg';
import { postgresSnapshotStore } from './index.js';

/** Short, for laws about a frozen server wait it out; not so short that a busy machine does. */
const STATEMENT_TIMEOUT_MS = 3_000;

snapshotStoreContract('postgres', async () => {
  const server = await startTestPostgres({ durable: true });
  return {
    open: () =>
      postgresSnapshotStore({ connectionString: server.url, statementTimeoutMs: STATEMENT_TIMEOUT_MS }),
    // To connect, and to be answered.
    deadlineMs: 2 * (STATEMENT_TIMEOUT_MS + 1_000),
    server: {
      kill: () => server.kill(),
      restart: () => server.restart(),
      freeze: () => server.freeze(),
      thaw: () => server.thaw(),
      destroy: async () => {
        const client = new Client({ connectionString: server.url });
        await client.connect();
        await client.query('drop schema snapshot_store cascade');
        await client.end();
      },
    },
    close: () => server.stop(),
  };
});
