import { join } from 'node:path';
import { inspectPostmaster } from '@replicante/postgres-server';
import {
  type ProcessIdentity,
  childrenOf,
  directoryOwner,
  identify,
  isAlive,
  readPidFile,
  sendSignal,
} from '@replicante/processes';
import type { Installation } from './installation.js';

/** What is killed and frozen. */
export const PROCESSES = ['standalone', 'control-database', 'platform', 'agent', 'node-database'] as const;
export type ProcessName = (typeof PROCESSES)[number];

export interface Victim {
  readonly process: ProcessName;
  /** For people: `agent pg-2`. */
  readonly what: string;
  readonly node?: string;
  readonly main: ProcessIdentity;
}

export interface Finder {
  readonly installation: Installation;
  readonly standalone: () => ProcessIdentity | undefined;
}

/** The one that runs now; undefined while none does. */
export async function findVictim(
  { installation, standalone }: Finder,
  process: ProcessName,
  node?: string,
): Promise<Victim | undefined> {
  const main = await mainOf();
  if (!main || !isAlive(main)) return undefined;
  const named = node === undefined || !needsNode(process) ? {} : { node };
  return { process, main, what: named.node ? `${process} ${named.node}` : process, ...named };

  async function mainOf(): Promise<ProcessIdentity | undefined> {
    const directory = join(installation.clusterDir, node ?? '');
    switch (process) {
      case 'standalone':
        return standalone();
      case 'platform':
        return directoryOwner(installation.platformDir);
      case 'control-database':
        return postmaster(installation.controlData);
      case 'agent':
        return node === undefined ? undefined : readPidFile(join(directory, 'agent.pid'));
      case 'node-database':
        return node === undefined ? undefined : postmaster(join(directory, 'data'));
    }
  }
}

export const needsNode = (process: ProcessName): boolean =>
  process === 'agent' || process === 'node-database';

async function postmaster(dataDir: string): Promise<ProcessIdentity | undefined> {
  const state = await inspectPostmaster(dataDir);
  return state.kind === 'running' ? state.identity : undefined;
}

/** A postmaster falls with its backends; anything else alone. */
function withBackends({ process, main }: Victim): readonly ProcessIdentity[] {
  if (process !== 'control-database' && process !== 'node-database') return [main];
  const backends = childrenOf(main.pid).flatMap(pid => identify(pid) ?? []);
  return [main, ...backends];
}

export function kill(victim: Victim): void {
  for (const identity of withBackends(victim)) sendSignal(identity, 'SIGKILL');
}

/** Stops it where it stands; answers what lets it go on. */
export function freeze(victim: Victim): () => void {
  const stopped = withBackends(victim);
  for (const identity of stopped) sendSignal(identity, 'SIGSTOP');
  return () => {
    for (const identity of stopped) sendSignal(identity, 'SIGCONT');
  };
}
