import type { FleetAdapters } from '../fleet/fleet-servers.js';

/**
 * Kafka for bus and queue, Consul, and the event store that can be measured wherever this runs. `EVENT_STORE=eventstoredb`
 * asks for the other one, at `EVENTSTOREDB_URL` or else on its double.
 */
export const stackAdapters = (coordinator: FleetAdapters['coordinator'] = 'consul'): FleetAdapters => ({
  eventStore: process.env['EVENT_STORE'] === 'eventstoredb' ? 'eventstoredb' : 'postgres',
  bus: 'kafka',
  coordinator,
});

/** Stands at every figure that the double had a part in. */
export const DOUBLE = 'double: not a measurement';
