export type { EventuallyOptions } from './eventually.js';
export { eventually } from './eventually.js';
export type { FieldPath } from './lies/hostile-values.js';
export {
  fieldPaths,
  hostileJson,
  hostileNumber,
  hostileText,
  singleFieldMutation,
  unicodeText,
  valueAt,
  withField,
} from './lies/hostile-values.js';
export type { Lies } from './lies/tell-lies.js';
export { holds, liesCount, liesSeed, tellLies } from './lies/tell-lies.js';
export type { TestDatabase } from './test-database.js';
export { createDatabase } from './test-database.js';
export type { TestEventStoreDb, TestEventStoreDbOptions } from './test-eventstoredb.js';
export { startTestEventStoreDb } from './test-eventstoredb.js';
export type { TestPostgres, TestPostgresOptions } from './test-postgres.js';
export { startTestPostgres } from './test-postgres.js';
export type { TestServer, TestServerName } from './test-servers.js';
export { describeWith, startTestServer } from './test-servers.js';
export type { TestProcess, TestProcessOptions } from './test-process.js';
export { startProcess } from './test-process.js';
export type { Watchdog } from './watchdog.js';
export { watchdog } from './watchdog.js';
