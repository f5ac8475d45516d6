import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { systemCode } from './process-error.js';

/** One line of the system's process table. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  /** Opaque; equal only for one and the same life of a pid. */
  readonly startTime: string;
  /** Ended, but not yet collected by its parent: it runs nothing any more. */
  readonly ended: boolean;
  /** Stands where SIGSTOP met it. */
  readonly stopped: boolean;
}

/** The entry of a pid, or undefined when no such process exists. */
export function processEntry(pid: number): ProcessEntry | undefined {
  return process.platform === 'linux' ? linuxEntry(pid) : psEntry(pid);
}

/** Pids of the direct children of a process that still run. */
export function childrenOf(pid: number): readonly number[] {
  const entries = process.platform === 'linux' ? linuxPids().map(linuxEntry) : psTable();
  return entries.flatMap(entry => (entry && entry.parentPid === pid && !entry.ended ? [entry.pid] : []));
}

/** All pids of the system (Linux); used to find processes by their working directory. */
export function linuxPids(): readonly number[] {
  return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? [Number(name)] : []));
}

let bootId: string | undefined;

function linuxEntry(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
  // The command name stands in parentheses and may itself hold spaces and parentheses: fields count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Ticks count from boot: without the boot's id a pid of before a reboot could look alive.
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const state = fields[0] ?? '';
  return {
    pid,
    parentPid: Number(fields[1]),
    startTime: `${bootId}:${fields[19]}`,
    ended: state === 'Z' || state === 'X',
    stopped: state === 'T',
  };
}

const PS_COLUMNS = ['-o', 'pid=,ppid=,stat=,lstart='];
const PS_ENV = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };

function psEntry(pid: number): ProcessEntry | undefined {
  try {
    process.kill(pid, 0); // spares a `ps` for the common answer "gone"
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return undefined;
    if (systemCode(error) !== 'EPERM') throw error;
  }
  return psTable(['-p', String(pid)])[0];
}

function psTable(which: readonly string[] = ['-A']): readonly ProcessEntry[] {
  let table: string;
  try {
    table = execFileSync('ps', [...which, ...PS_COLUMNS], { encoding: 'utf8', env: PS_ENV, stdio: 'pipe' });
  } catch (error) {
    // `ps -p` of a pid that is gone prints nothing and exits 1.
    if (typeof error === 'object' && error !== null && 'status' in error && error.status === 1) return [];
    throw error;
  }
  return table.split('\n').flatMap(line => {
    const [, pid, parentPid, state, startTime] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    if (!pid || !parentPid || !state || !startTime) return [];
    const [ended, stopped] = [state.startsWith('Z'), state.startsWith('T')];
    return [{ pid: Number(pid), parentPid: Number(parentPid), startTime, ended, stopped }];
  });
}
