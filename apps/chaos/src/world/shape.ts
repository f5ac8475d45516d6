import { LINKS, type Link } from '../proxies/crossings.js';
import { type Adapters, EMBEDDED, type ServerName, serversOf } from './adapters.js';
import type { SuiteName } from './suite-process.js';

/** The five services; in a stack each runs as several processes. */
export const SERVICES = ['command', 'projection', 'query', 'scheduler', 'worker'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What is killed and frozen. */
export type ProcessName =
  | 'standalone'
  | 'stack'
  | ServiceName
  | ServerName
  | 'control-database'
  | 'platform'
  | 'agent'
  | 'node-database';

/** Which processes a deployment has, and between which of its parts a proxy stands: the axes of the coverage table. */
export interface Shape {
  readonly processes: readonly ProcessName[];
  readonly links: readonly Link[];
  /** Whose disk may refuse writes for a while. */
  readonly disks: readonly ProcessName[];
  /** A process at a crossing may stand still there as well. */
  readonly freezesAtCrossings: boolean;
}

const BELOW: readonly ProcessName[] = ['platform', 'agent', 'node-database'];

export const EMBEDDED_SHAPE: Shape = {
  processes: ['standalone', 'control-database', ...BELOW],
  links: ['platform', 'agent', 'command', 'database'],
  disks: [],
  freezesAtCrossings: false,
};

export function stackShape(adapters: Adapters = EMBEDDED, disks = false): Shape {
  const servers = serversOf(adapters);
  const absent = (['eventstoredb', 'kafka', 'consul'] as const).filter(name => !servers.includes(name));
  return {
    processes: ['stack', ...SERVICES, 'control-database', ...servers, ...BELOW],
    links: LINKS.filter(link => !absent.some(name => name === link)),
    disks: disks ? ['control-database', ...servers] : [],
    freezesAtCrossings: true,
  };
}

export const shapeOf = (world: {
  readonly suite: SuiteName;
  readonly adapters: Adapters;
  readonly disks: boolean;
}): Shape => (world.suite === 'stack' ? stackShape(world.adapters, world.disks) : EMBEDDED_SHAPE);
