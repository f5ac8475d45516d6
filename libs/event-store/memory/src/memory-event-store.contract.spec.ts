import { eventStoreContract } from '@replicante/event-store-contract';
import { memoryEventStore, MemoryEventLog } from './index.js';

eventStoreContract('memory', async () => {
  const log = new MemoryEventLog();
  return { openStore: async () => memoryEventStore(log), deadlineMs: 0, close: async () => undefined };
});
