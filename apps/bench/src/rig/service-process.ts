import { startProcess } from '@replicante/testing';
import type { TestProcess } from '@replicante/testing';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A built service as users start it, on ports of its own. */
export interface ServiceProcess {
  readonly process: TestProcess;
  readonly addresses: { readonly http?: string; readonly grpc?: string; readonly probes?: string };
}

const APPS = new URL('../../../', import.meta.url);

export async function startService(
  name: 'command' | 'projection' | 'query' | 'scheduler' | 'worker',
  environment: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = profiling(name),
): Promise<ServiceProcess> {
  const main = fileURLToPath(new URL(`${name}/src/main.js`, APPS));
  const running = await startProcess({
    command: process.execPath,
    args: [...nodeOptions, main],
    env: { LOG_LEVEL: 'error', HTTP_PORT: '0', GRPC_PORT: '0', PROBE_PORT: '0', ...environment },
    ready: /"event":"ready"/,
  });
  const ready = /^\{"event":"ready".*$/m.exec(running.stdout())?.[0] ?? '{}';
  const { addresses } = JSON.parse(ready) as { addresses: ServiceProcess['addresses'] };
  return { process: running, addresses };
}

/** BENCH_PROFILE=<folder> leaves a CPU profile of every service there. */
function profiling(name: string): string[] {
  const folder = process.env['BENCH_PROFILE'];
  return folder === undefined
    ? []
    : ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`];
}

/** Seconds of CPU that a process and its threads have used so far (Linux; NaN elsewhere). */
export function cpuSeconds(pid: number, of: 'itself' | 'with ended children' = 'itself'): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const ticks = fields.slice(11, of === 'itself' ? 13 : 15);
    return ticks.reduce((sum, field) => sum + Number(field), 0) / 100;
  } catch {
    return Number.NaN;
  }
}
