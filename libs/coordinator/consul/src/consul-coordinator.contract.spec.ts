import { coordinatorContract, startLeaseHolderProcess } from '@replicante/coordinator-contract';
import { describeWith, startTestServer } from '@replicante/testing';
import { fileURLToPath } from 'node:url';
import { openConsulCoordinator } from './index.js';
import { operator } from './consul-operator.fixture.js';

const holderModule = fileURLToPath(new URL('lease-holder.child.ts', import.meta.url));

await describeWith('consul', 'Consul', () => {
  coordinatorContract('Consul', async () => {
    const server = await startTestServer('consul');
    const { address } = server;
    return {
      client: () => openConsulCoordinator({ address, callTimeoutMs: 1_000 }),
      holder: ({ key, ttlMs }) =>
        startLeaseHolderProcess(holderModule, {
          COORDINATOR_ADDRESS: address,
          LEASE_KEY: key,
          LEASE_TTL_MS: String(ttlMs),
        }),
      endSession: id => operator(address).destroySession(id),
      outage: server,
      stop: () => server.stop(),
    };
  });
});
