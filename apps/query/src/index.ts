export type { QueryOptions } from './start-query.js';
export { startQuery } from './start-query.js';
