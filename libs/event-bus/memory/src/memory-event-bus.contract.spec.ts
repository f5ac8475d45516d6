import { eventBusContract } from '@replicante/event-bus-contract';
import { MemoryBroker, memoryEventBus } from './index.js';

eventBusContract('memory', () => {
  const broker = new MemoryBroker();
  const openBus = () => Promise.resolve(memoryEventBus(broker));
  return Promise.resolve({ openBus, deadlineMs: 0, close: () => Promise.resolve() });
});
