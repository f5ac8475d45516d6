import { startSimulator } from '@replicante/simulated-fleet';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { format, resolveConfig } from 'prettier';
import type { RunningFleet, Service } from '../fleet/running-fleet.js';
import { SERVICES, startFleet } from '../fleet/running-fleet.js';
import { text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import { pssMb } from '../rig/pss.js';
import { databaseFigures } from './database-figures.js';
import type { Load, LoadRequest } from './load.child.js';
import { soakOptions } from './options.js';
import type { SoakOptions } from './options.js';
import { heapUsedMb, processFigures } from './process-figures.js';
import type { SoakOutcome } from './soak-report.js';
import { faultsOf, soakReport } from './soak-report.js';
import { soakSeries } from './soak-series.js';
import type { Sample } from './soak-series.js';

const DOCUMENT = fileURLToPath(new URL('../../../../../docs/soak.md', import.meta.url));
const HUNG_SHARE = 0.01;
const CHANGES_PER_CLUSTER_AND_MINUTE = 1;
const DISCOVERY_SECONDS = 10;

async function sampleOf({ services, server }: RunningFleet, client: pg.Client): Promise<Sample> {
  const figures = await Promise.all(
    SERVICES.map(async (name): Promise<[Service, Sample['services'][Service]]> => {
      const { process, addresses } = services[name];
      const address = addresses.probes ?? addresses.http ?? '';
      return [name, { ...(await processFigures(process.pid)), heapMb: await heapUsedMb(address) }];
    }),
  );
  return {
    services: Object.fromEntries(figures) as Sample['services'],
    postgresPssMb: server.pids().reduce((sum, pid) => sum + pssMb(pid), 0),
    database: await databaseFigures(client),
  };
}

const cyclesOf = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query<{ cycles: string }>(
    `select coalesce(sum(count), 0) as cycles from task_queue.counter where what = 'executed'`,
  );
  return Number(rows[0]?.cycles ?? 0);
};

async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const { minutes, sampleSeconds } = options;
  const simulator = startSimulator();
  const load = startChild<LoadRequest, Load>(new URL('./load.child.js', import.meta.url));
  try {
    const { platformUrl, agents } = await simulator.ask({ kind: 'serve', ...options });
    const environment = { LOG_LEVEL: 'warn' };
    const discoverySeconds = DISCOVERY_SECONDS;
    const fleet = await startFleet({ ...options, discoverySeconds, platformUrl, agents, environment });
    const client = new pg.Client({ connectionString: fleet.server.url, application_name: 'soak' });
    try {
      await client.connect();
      await simulator.ask({ kind: 'hang', share: HUNG_SHARE, seed: 1 });
      const perClusterPerMinute = CHANGES_PER_CLUSTER_AND_MINUTE;
      await simulator.ask({ kind: 'change', perClusterPerMinute, seed: 1 });
      const grpc = fleet.services.command.addresses.grpc ?? '';
      const http = fleet.services.query.addresses.http ?? '';
      await load.ask({ ...options, kind: 'begin', grpc, http });
      const samples: Sample[] = [];
      const count = Math.max(2, Math.round((minutes * 60) / sampleSeconds));
      const began = performance.now();
      for (let n = 1; n <= count; n += 1) {
        await delay(Math.max(0, began + n * sampleSeconds * 1_000 - performance.now()));
        const sample = await sampleOf(fleet, client);
        samples.push(sample);
        console.log(lineOf(n * sampleSeconds, sample));
      }
      const { changes, unexpected } = await simulator.ask({ kind: 'tell' });
      return {
        options,
        series: soakSeries(samples),
        load: await load.ask({ kind: 'tell' }),
        changes: changes.length,
        cycles: await cyclesOf(client),
        complaints: Object.values(fleet.services)
          .map(({ process }) => process.stderr())
          .join(''),
        unexpected,
      };
    } finally {
      await client.end();
      await load.stop();
      await fleet.stop();
    }
  } finally {
    await simulator.stop();
  }
}

const lineOf = (seconds: number, { services, postgresPssMb, database }: Sample): string =>
  `${text(seconds)} s: ${SERVICES.map(name => `${name} ${text(services[name].pssMb)}`).join(', ')}, ` +
  `PostgreSQL ${text(postgresPssMb)} MB; ${database.connections} connections, ${text(database.events)} events`;

const options = soakOptions(process.argv.slice(2));
const outcome = await soak(options);
const output = options.output ?? DOCUMENT;
const style = await resolveConfig(output);
await writeFile(output, await format(soakReport(outcome), { ...style, parser: 'markdown' }));
if (options.samples !== undefined) await writeFile(options.samples, JSON.stringify(outcome.series));
const faults = faultsOf(outcome);
for (const fault of faults) console.error(fault);
console.log(`written to ${output}; ${faults.length === 0 ? 'all is level' : `${faults.length} faults`}`);
process.exit(faults.length === 0 ? 0 : 1);
