import { readdir, readlink } from 'node:fs/promises';
import { pssMb } from '../rig/pss.js';

export interface ProcessFigures {
  /** Memory, pages that several processes share divided among them. */
  readonly pssMb: number;
  readonly handles: number;
  readonly sockets: number;
}

export async function processFigures(pid: number): Promise<ProcessFigures> {
  const folder = `/proc/${pid}/fd`;
  const handles = await readdir(folder);
  const targets = await Promise.all(
    // One that was closed meanwhile leads nowhere.
    handles.map(handle => readlink(`${folder}/${handle}`).catch(() => '')),
  );
  return {
    pssMb: pssMb(pid),
    handles: handles.length,
    sockets: targets.filter(target => target.startsWith('socket:')).length,
  };
}

/** Of a service's /metrics, by its own garbage collector's count. */
export async function heapUsedMb(probes: string): Promise<number> {
  const answer = await fetch(`http://${probes}/metrics`);
  const text = await answer.text();
  const bytes = /^nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
  if (bytes === undefined) throw new Error(`${probes}/metrics does not tell the heap`);
  return Number(bytes) / 2 ** 20;
}
