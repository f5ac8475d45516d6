export type { StandaloneOptions } from './options.js';
export { UsageError, readOptions } from './options.js';
export { narrate } from './transcript.js';
