// Test process: holds one lease until it is killed. Run by the contract suite, which suspends it for real.
import { createInterface } from 'node:readline';
import { openConsulCoordinator } from './index.js';

const { COORDINATOR_ADDRESS = '', LEASE_KEY = '', LEASE_TTL_MS = '' } = process.env;
const coordinator = await openConsulCoordinator({ address: COORDINATOR_ADDRESS });
const session = await coordinator.openSession({ name: 'holder', ttlMs: Number(LEASE_TTL_MS) });
const lease = await session.acquireWhenFree(LEASE_KEY, AbortSignal.timeout(10_000));
const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
print({ epoch: lease.epoch, token: lease.token });
createInterface({ input: process.stdin }).on('line', () => {
  print({ remainingMs: lease.remainingMs(), lost: lease.lost.aborted });
});
