export type { ConsulOptions } from './consul.js';
export { obtainConsul, startConsul } from './consul.js';
export type { KafkaOptions } from './kafka.js';
export { obtainKafka, startKafka } from './kafka.js';
export type { Say } from './obtained.js';
export type { ServerErrorCode } from './server-error.js';
export { ServerError } from './server-error.js';
export type { ServerCommand, StartedServer } from './server-process.js';
export { startServer } from './server-process.js';
