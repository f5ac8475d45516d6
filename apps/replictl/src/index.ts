export type { Io } from './output/io.js';
export type { QueryClient } from './clients/query-client.js';
export { openQueryClient } from './clients/query-client.js';
export { runReplictl } from './program.js';
export { DOCUMENTS } from './queries.js';
export { age, moment } from './render/age.js';
export { eventLine } from './render/event-line.js';
export type { Cause, Explanation, FactNow } from './render/explain.js';
export { explain } from './render/explain.js';
export { exitOf, header } from './render/header.js';
export type { Colour, Paint } from './render/paint.js';
export { ansi, plain } from './render/paint.js';
export { topology } from './render/topology.js';
export type {
  DecisionView,
  EventView,
  HeaderView,
  NodeView,
  ReadModelView,
  TopologyView,
} from './render/views.js';
