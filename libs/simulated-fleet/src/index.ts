export type { Change } from './churn.js';
export type { FleetShape } from './fleet-shape.js';
export { API, clusterIdOf, clusterIds, nodeIdOf, POLLED_PATHS } from './fleet-shape.js';
export { random } from './random.js';
export type { SimulatedStatus } from './simulated-node.js';
export type { Served, Simulated, SimulatorRequest } from './simulator.child.js';
export type { Simulator } from './start-simulator.js';
export { startSimulator } from './start-simulator.js';
