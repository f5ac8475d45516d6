export type { EventLog } from './event-log.js';
export type { PlatformLocalOptions } from './options.js';
export { UsageError, readOptions } from './options.js';
export type { RunningPlatform } from './serve.js';
export { serve } from './serve.js';
export { purgeRetired, stopAll } from './stop-all.js';
