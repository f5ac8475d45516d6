import { readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type ProcessIdentity, identify, isAlive, linuxPids, systemCode } from '@replicante/processes';

/** What stands in `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly dataDir: string;
  /** Seconds since 1970 by the server's clock, when it started. */
  readonly startedAt: number;
  readonly port: number;
  /** `starting`, `ready`, `standby` (up, takes no connections), `stopping`; empty before the first is written. */
  readonly status: string;
}

/**
 * What runs on a data directory.
 * - `running`: pid, start time and data directory all say so.
 * - `stale`: proven that the file's process is gone or another; `reusedPid` when its pid is still in the process table, as a stranger or not collected.
 * - `doubtful`: neither proven; touch nothing.
 */
export type PostmasterState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly identity: ProcessIdentity; readonly port: number }
  | { readonly kind: 'stale'; readonly reusedPid?: number }
  | { readonly kind: 'doubtful'; readonly pid: number; readonly why: string };

/** The server notes its start a moment after the process began; the clock may have been set meanwhile. */
const START_TOLERANCE_S = 10;

/** Reads `postmaster.pid` and proves what became of its process (safety.md §6): never by pid alone. */
export async function inspectPostmaster(dataDir: string): Promise<PostmasterState> {
  const file = await readPostmasterFile(dataDir);
  if (!file) return { kind: 'none' };
  const identity = identify(file.pid);
  if (!identity) return { kind: 'stale' };
  // Ended and not collected yet (its starter was killed too): the server, which looks at the pid alone, would take it for
  // running and refuse to start.
  if (!isAlive(identity)) return { kind: 'stale', reusedPid: file.pid };
  if (statSync(dataDir).uid !== uidOf(file.pid)) return { kind: 'stale', reusedPid: file.pid };
  const here = worksIn(file.pid, dataDir);
  const started = startedAt(identity);
  const sameStart = started !== undefined && Math.abs(started - file.startedAt) <= START_TOLERANCE_S;
  if (here === true && sameStart) return { kind: 'running', identity, port: file.port };
  if (here === false && !sameStart) return { kind: 'stale', reusedPid: file.pid };
  const why = here
    ? 'it works in this directory but started at another time'
    : 'its working directory does not fit';
  return { kind: 'doubtful', pid: file.pid, why };
}

/** Parses `postmaster.pid`; undefined when there is none or its server had not finished writing it. */
export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  });
  const [pid, directory, startedAtText, port, , , , status] = text?.split('\n') ?? [];
  if (!pid || !directory || !startedAtText) return undefined;
  // A single-user backend writes its pid negated; for us it is a process like any other.
  return {
    pid: Math.abs(Number(pid)),
    dataDir: directory,
    startedAt: Number(startedAtText),
    port: Number(port) || 0,
    status: status?.trim() ?? '',
  };
}

/**
 * Server processes that still work in the directory though their postmaster is gone: after a `kill -9` they hold shared
 * memory until they notice. Linux only; elsewhere the server itself refuses to start meanwhile.
 */
export function processesIn(dataDir: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  return linuxPids().filter(pid => worksIn(pid, dataDir) === true && commandName(pid) === 'postgres');
}

function commandName(pid: number): string | undefined {
  return whileItLives(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
}

/** Whether the process' working directory is the data directory (PostgreSQL changes into it); undefined: cannot tell. */
function worksIn(pid: number, dataDir: string): boolean | undefined {
  if (process.platform === 'linux') {
    const cwd = whileItLives(() => readlinkSync(`/proc/${pid}/cwd`));
    return cwd === undefined ? undefined : cwd === realpathSync(dataDir);
  }
  const command = whileItLives(() =>
    execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }),
  );
  return command === undefined ? undefined : command.includes(dataDir) && command.includes('postgres');
}

function uidOf(pid: number): number | undefined {
  if (process.platform === 'linux') return whileItLives(() => statSync(`/proc/${pid}`).uid);
  const uid = whileItLives(() => execFileSync('ps', ['-o', 'uid=', '-p', String(pid)], { encoding: 'utf8' }));
  return uid === undefined ? undefined : Number(uid);
}

/** Seconds since 1970 when a process began, from the kernel. */
function startedAt(identity: ProcessIdentity): number | undefined {
  if (process.platform !== 'linux') {
    const parsed = Date.parse(`${identity.startTime} UTC`);
    return Number.isNaN(parsed) ? undefined : parsed / 1000;
  }
  const bootedAt = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  const ticks = Number(identity.startTime.split(':')[1]);
  return bootedAt + ticks / TICKS_PER_SECOND;
}

/** USER_HZ: the kernel reports it as 100 on every supported architecture. */
const TICKS_PER_SECOND = 100;

/** A process can end between two looks, and a stranger's may not be looked at: both answer undefined. */
function whileItLives<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')) return undefined;
    if (typeof error === 'object' && error !== null && 'status' in error) return undefined;
    throw error;
  }
}
