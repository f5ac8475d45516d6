import { join } from 'node:path';
import { inspectPostmaster } from '@replicante/postgres-server';
import {
  type ProcessIdentity,
  childrenOf,
  directoryOwner,
  freeze,
  identify,
  isAlive,
  readPidFile,
  sendSignal,
} from '@replicante/processes';
import type { Installation } from './installation.js';
import { enrolled } from './roll.js';
import type { Servers } from './servers.js';
import { type ProcessName, SERVICES } from './shape.js';

export interface Victim {
  readonly process: ProcessName;
  /** For people: `agent pg-2`. */
  readonly what: string;
  /** Which of several: a node, or a process of a stack. */
  readonly which?: string;
  readonly main: ProcessIdentity;
}

export interface Finder {
  readonly installation: Installation;
  /** The process that was started by the harness: the suite itself, or the stack's launcher. */
  readonly launcher: () => ProcessIdentity | undefined;
  readonly servers: Servers | undefined;
}

/** The one that runs now; undefined while none does. */
export async function findVictim(
  finder: Finder,
  process: ProcessName,
  which?: string,
): Promise<Victim | undefined> {
  const main = await mainOf(finder, process, which);
  if (!main || !isAlive(main)) return undefined;
  if (which === undefined) return { process, main, what: process };
  return { process, main, which, what: isService(process) ? which : `${process} ${which}` };
}

async function mainOf(
  { installation, launcher, servers }: Finder,
  process: ProcessName,
  which: string | undefined,
): Promise<ProcessIdentity | undefined> {
  const directory = join(installation.clusterDir, which ?? '');
  switch (process) {
    case 'standalone':
    case 'stack':
      return launcher();
    case 'platform':
      return directoryOwner(installation.platformDir);
    case 'control-database':
      return postmaster(installation.controlData);
    case 'agent':
      return which === undefined ? undefined : readPidFile(join(directory, 'agent.pid'));
    case 'node-database':
      return which === undefined ? undefined : postmaster(join(directory, 'data'));
    case 'kafka':
    case 'consul':
    case 'eventstoredb':
      return servers?.identityOf(process);
    default:
      return enrolled(installation.root, process).find(({ name }) => name === which)?.identity;
  }
}

/** Those of which one is chosen; undefined: there is only one. */
export async function candidates(
  { installation }: Finder,
  process: ProcessName,
): Promise<readonly string[] | undefined> {
  if (process === 'agent' || process === 'node-database')
    return (await installation.nodes()).map(n => n.nodeId);
  if (isService(process)) return enrolled(installation.root, process).map(({ name }) => name);
  return undefined;
}

const isService = (process: ProcessName): boolean => SERVICES.some(name => name === process);

async function postmaster(dataDir: string): Promise<ProcessIdentity | undefined> {
  const state = await inspectPostmaster(dataDir);
  return state.kind === 'running' ? state.identity : undefined;
}

/** A postmaster falls with its backends; anything else alone. */
export function withBackends({ process, main }: Victim): readonly ProcessIdentity[] {
  if (process !== 'control-database' && process !== 'node-database') return [main];
  const backends = childrenOf(main.pid).flatMap(pid => identify(pid) ?? []);
  return [main, ...backends];
}

export function kill(victim: Victim): void {
  for (const identity of withBackends(victim)) sendSignal(identity, 'SIGKILL');
}

/** Stops it where it stands; answers what lets it go on. */
export function standStill(victim: Victim): () => void {
  const stopped = withBackends(victim);
  for (const identity of stopped) freeze(identity);
  return () => {
    for (const identity of stopped) sendSignal(identity, 'SIGCONT');
  };
}
