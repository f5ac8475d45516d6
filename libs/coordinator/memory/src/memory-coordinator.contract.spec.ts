import { systemSessionTime } from '@replicante/coordinator';
import { coordinatorContract } from '@replicante/coordinator-contract';
import { MemoryCoordinatorData, memoryCoordinator } from './index.js';
import { suspendableTime } from './suspendable-time.js';

coordinatorContract('memory', async () => {
  const data = new MemoryCoordinatorData(systemSessionTime);
  return {
    client: async () => memoryCoordinator({ data }),
    async holder({ key, ttlMs }) {
      const time = suspendableTime();
      const client = memoryCoordinator({ data, time });
      const session = await client.openSession({ name: 'holder', ttlMs });
      const lease = await session.acquireWhenFree(key, AbortSignal.timeout(5_000));
      return {
        epoch: lease.epoch,
        token: lease.token,
        state: async () => ({ remainingMs: lease.remainingMs(), lost: lease.lost.aborted }),
        freeze: () => {
          time.suspend();
        },
        thaw: () => {
          time.resume();
        },
        kill: async () => {
          time.suspend();
        },
      };
    },
    endSession: async id => {
      data.end(id);
    },
    outage: {
      kill: async () => {
        data.setReachable('no');
        data.forget();
      },
      freeze: () => {
        data.setReachable('frozen');
      },
      thaw: () => {
        data.setReachable('yes');
      },
      restart: async () => {
        data.setReachable('yes');
      },
    },
    stop: async () => {
      data.setReachable('yes');
    },
  };
});
