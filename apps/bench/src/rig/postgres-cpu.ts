import type { TestPostgres } from '@replicante/testing';
import { cpuSeconds } from './service-process.js';

/** Seconds of CPU that postmaster and backends have used; those of a backend that ended are the postmaster's by then. */
export function postgresCpuSeconds(server: Pick<TestPostgres, 'pids'>): number {
  const [postmaster = 0, ...backends] = server.pids();
  // One that ended while it was looked at is not known any more.
  const living = backends.map(pid => cpuSeconds(pid)).filter(seconds => !Number.isNaN(seconds));
  return living.reduce((sum, seconds) => sum + seconds, cpuSeconds(postmaster, 'with ended children'));
}
