export { startPostgresAgent } from './agent-postgres.js';
export { slotName } from './replication-role.js';
