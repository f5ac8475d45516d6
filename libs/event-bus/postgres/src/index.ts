export type { PostgresEventBusOptions } from './open-postgres-event-bus.js';
export { openPostgresEventBus } from './open-postgres-event-bus.js';
