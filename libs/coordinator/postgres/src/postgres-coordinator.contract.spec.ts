import { coordinatorContract, startLeaseHolderProcess } from '@replicante/coordinator-contract';
import { startTestPostgres } from '@replicante/testing';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openPostgresCoordinator } from './index.js';

const holderModule = fileURLToPath(new URL('lease-holder.child.ts', import.meta.url));

coordinatorContract('PostgreSQL', async () => {
  // Durable: the crash law is about what was acknowledged.
  const server = await startTestPostgres({ durable: true });
  return {
    client: () => openPostgresCoordinator({ connectionString: server.url, callTimeoutMs: 1_000 }),
    holder: ({ key, ttlMs }) =>
      startLeaseHolderProcess(holderModule, {
        COORDINATOR_URL: server.url,
        LEASE_KEY: key,
        LEASE_TTL_MS: String(ttlMs),
      }),
    endSession: async id => {
      const operator = new pg.Client({ connectionString: server.url });
      await operator.connect();
      await operator.query('delete from coordinator.session where id = $1', [id]);
      await operator.end();
    },
    outage: server,
    stop: () => server.stop(),
  };
});
