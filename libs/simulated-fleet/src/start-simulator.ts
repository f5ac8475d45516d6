import type { Child } from '@replicante/processes';
import { startChild } from '@replicante/processes';
import type { Simulated, SimulatorRequest } from './simulator.child.js';

/** The process that plays the fleet: `serve` first. */
export type Simulator = Child<SimulatorRequest, Simulated>;

export const startSimulator = (): Simulator =>
  startChild<SimulatorRequest, Simulated>(new URL('./simulator.child.js', import.meta.url));
