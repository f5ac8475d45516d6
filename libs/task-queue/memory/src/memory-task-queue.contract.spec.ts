import { taskQueueContract } from '@replicante/task-queue-contract';
import { eventually } from '@replicante/testing';
import { MemoryTaskQueueData, memoryTaskQueue } from './index.js';

taskQueueContract('memory', async () => {
  const queues = new Map<string, MemoryTaskQueueData>();
  const dataOf = (name: string, partitions?: number): MemoryTaskQueueData => {
    const data = queues.get(name) ?? new MemoryTaskQueueData(partitions);
    queues.set(name, data);
    return data;
  };
  const setReachable = (reachable: boolean): void => {
    for (const data of queues.values()) data.setReachable(reachable);
  };

  return {
    open: async (name, settings) => memoryTaskQueue({ data: dataOf(name, settings.partitions), settings }),
    async stuckConsumer(name, settings) {
      let connected = true;
      let started: string | undefined;
      let aborted = false;
      const queue = memoryTaskQueue({ data: dataOf(name), settings, isConnected: () => connected });
      const consumer = await queue.consume({
        consumerName: 'stuck',
        handler: ({ id }, { signal }) =>
          new Promise(resolve => {
            started = id;
            signal.addEventListener('abort', () => {
              aborted = true;
              resolve({ outcome: 'executed' });
            });
          }),
      });
      await consumer.ready;
      return {
        started: () => eventually(() => started, { within: 10_000 }),
        aborted: async () => aborted,
        freeze: () => {
          connected = false;
        },
        thaw: () => {
          connected = true;
        },
        async kill() {
          connected = false;
          await consumer.stop(0);
        },
      };
    },
    outage: {
      kill: async () => {
        setReachable(false);
        for (const data of queues.values()) data.forget();
      },
      freeze: () => {
        setReachable(false);
      },
      thaw: () => {
        setReachable(true);
      },
      restart: async () => {
        setReachable(true);
      },
    },
    stop: async () => {
      setReachable(true);
    },
  };
});
