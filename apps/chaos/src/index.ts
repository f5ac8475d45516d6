export type { ChaosOptions } from './options.js';
export { readOptions } from './options.js';
export { runChaos } from './run-chaos.js';
