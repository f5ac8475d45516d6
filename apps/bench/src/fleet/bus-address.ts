import type { EventBus } from '@replicante/event-bus';
import { openKafkaEventBus } from '@replicante/event-bus-kafka';
import { openPostgresEventBus } from '@replicante/event-bus-postgres';

/** Where services under measurement publish; goes to other processes. */
export type BusAddress =
  { readonly kind: 'postgres'; readonly url: string } | { readonly kind: 'kafka'; readonly broker: string };

/** With the names of topics that services have by default. */
export const openBus = (address: BusAddress): Promise<EventBus> =>
  address.kind === 'kafka'
    ? openKafkaEventBus({ brokers: [address.broker] })
    : openPostgresEventBus({ connectionString: address.url });
