import { cpus, release, totalmem } from 'node:os';

/** What the figures were measured on. */
export function machine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} × ${all[0]?.model.trim() ?? 'CPU'}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.version}`;
}
