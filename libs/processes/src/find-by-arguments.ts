import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { type ProcessIdentity, identify, isAlive } from './identity.js';
import { systemCode } from './process-error.js';
import { childrenOf, linuxPids } from './process-table.js';

/**
 * Running processes of our own user whose argument list holds exactly these arguments in a row. Finds a child whose pid
 * nobody wrote down: its parent was killed between starting it and remembering it.
 */
export function findByArguments(wanted: readonly string[]): readonly ProcessIdentity[] {
  const pids = process.platform === 'linux' ? linuxMatches(wanted) : psMatches(wanted);
  const others = pids.filter(pid => pid !== process.pid);
  // Between fork and exec a child still shows its parent's arguments.
  const forked = new Set(others.flatMap(childrenOf));
  return others
    .filter(pid => !forked.has(pid))
    .flatMap(pid => identify(pid) ?? [])
    .filter(isAlive);
}

function linuxMatches(wanted: readonly string[]): readonly number[] {
  const needle = `\0${wanted.join('\0')}\0`;
  return linuxPids().filter(pid => {
    try {
      if (statSync(`/proc/${pid}`).uid !== process.getuid?.()) return false;
      return `\0${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`.includes(needle);
    } catch (error) {
      if (['ENOENT', 'ESRCH', 'EACCES'].includes(systemCode(error) ?? '')) return false;
      throw error;
    }
  });
}

/** `ps` joins arguments with blanks: the wanted ones must be followed by the line's end or another argument. */
function psMatches(wanted: readonly string[]): readonly number[] {
  const table = execFileSync('ps', ['-x', '-ww', '-o', 'pid=,command='], { encoding: 'utf8', stdio: 'pipe' });
  const needle = ` ${wanted.join(' ')} `;
  return table.split('\n').flatMap(line => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid && command && `${command} `.includes(needle) ? [Number(pid)] : [];
  });
}
