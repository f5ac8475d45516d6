import { openPostgresEventStore } from '@replicante/event-store-postgres';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '@replicante/processes';
import { latencyUntil, steadyAppends } from '../rig/steady-appends.js';
import type { SteadyAppended, SteadyAppends } from '../rig/steady-appends.js';
import { until } from '../rig/wait.js';
import { eventIdOf, startRawConsumer } from './raw-consumer.js';

export interface DeliveredRequest extends SteadyAppends {
  /** Of the event store. */
  readonly url: string;
  readonly broker: string;
  readonly topic: string;
}

export interface DeliveredResult extends Omit<SteadyAppended, 'acknowledged'> {
  readonly delivered: Latency;
}

/** Time counts from the acknowledged append to the record in the hands of a consumer that is not ours. */
answerParent(async (request: DeliveredRequest): Promise<DeliveredResult> => {
  const store = await openPostgresEventStore({ connectionString: request.url });
  const heard = new Map<string, number>();
  const consumer = await startRawConsumer(request.broker, request.topic, messages => {
    const now = performance.now();
    for (const { headers } of messages) {
      const id = eventIdOf(headers);
      if (!heard.has(id)) heard.set(id, now);
    }
  });
  const { acknowledged, ...appended } = await steadyAppends(store, request);
  await until('all events delivered', 60_000, () =>
    Promise.resolve([...acknowledged.keys()].every(id => heard.has(id)) || undefined),
  );
  await consumer.close();
  await store.close();
  return { ...appended, delivered: latencyUntil(acknowledged, heard) };
});
