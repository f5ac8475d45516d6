import { readFileSync } from 'node:fs';

/** Megabytes that a process holds, shared pages divided among those who share them (Linux); 0 once it has ended. */
export function pssMb(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(fileOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1_024;
}

/** '' for a process that ended while it was looked at. */
function fileOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return '';
    throw error;
  }
}
