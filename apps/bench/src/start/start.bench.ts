import { freePorts, runToEnd } from '@replicante/processes';
import { startProcess } from '@replicante/testing';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchmarkOptions, Outcome } from '../measuring/benchmark.js';
import { text } from '../measuring/figures.js';
import { pssMb } from '../rig/pss.js';
import { until } from '../rig/wait.js';

const ROOT = new URL('../../../../../', import.meta.url);
const ROUNDS = 3;
const SETTLE_MS = 60_000;
const SERVICES = ['', ...['command', 'projection', 'scheduler', 'worker'].map(name => `/services/${name}`)];

interface Held {
  readonly pid: string;
  readonly parent: string;
  readonly command: string;
}

async function processes(): Promise<readonly Held[]> {
  const found: Held[] = [];
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    try {
      const parent =
        readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')[1] ?? '0';
      found.push({
        pid,
        parent,
        command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
      });
    } catch {
      // It ended while it was looked at.
      continue;
    }
  }
  return found;
}

/** Of the suite's process and of the embedded PostgreSQL with its backends; nodes, agents and platform apart. */
async function memory(
  suite: number,
  dataDir: string,
): Promise<{ readonly suiteMb: number; readonly databaseMb: number }> {
  const all = await processes();
  const postmaster = all.find(p => p.command.includes(`-D ${join(dataDir, 'control', 'data')}`));
  if (postmaster === undefined) throw new Error('the embedded PostgreSQL was not found');
  const database = all.filter(p => p.pid === postmaster.pid || p.parent === postmaster.pid);
  const megabytes = (pids: readonly string[]): number =>
    pids.reduce((sum, pid) => sum + pssMb(Number(pid)), 0);
  return { suiteMb: megabytes([String(suite)]), databaseMb: megabytes(database.map(p => p.pid)) };
}

async function ready(http: number): Promise<true | undefined> {
  for (const service of SERVICES) {
    const answer = await fetch(`http://127.0.0.1:${http}${service}/readyz`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status !== 200) return undefined;
  }
  return true;
}

async function converged(http: number): Promise<true | undefined> {
  const query = 'query { cluster(nsId: "default", clusterId: "pg") { convergence { converged } } }';
  const answer = await fetch(`http://127.0.0.1:${http}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await answer.text()).includes('"converged":true') || undefined;
}

async function one(settle: boolean, say: (line: string) => void) {
  const [http = 0, grpc = 0, platform = 0] = await freePorts(3);
  const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
  // As root the databases run as another user, who has to get through.
  await chmod(folder, 0o711);
  const dataDir = join(folder, 'data');
  const script = fileURLToPath(new URL('tools/start.mjs', ROOT));
  const main = fileURLToPath(new URL('dist/apps/standalone/src/main.js', ROOT));
  const began = performance.now();
  const suite = await startProcess({
    command: process.execPath,
    args: [
      script,
      ...['--data-dir', dataDir, '--plain', '--http-port', String(http), '--grpc-port', String(grpc)],
      ...['--platform-port', String(platform)],
    ],
  });
  try {
    await until('every /readyz', 120_000, () => ready(http), 25);
    const seconds = (performance.now() - began) / 1_000;
    say(`ready after ${text(seconds)} s`);
    if (!settle) return { seconds };
    await until('converged', 240_000, () => converged(http), 500);
    say(`converged after ${text((performance.now() - began) / 1_000)} s`);
    await delay(SETTLE_MS);
    const all = await processes();
    const child = all.find(p => p.parent === String(suite.pid) && p.command.includes('standalone'));
    const held = await memory(Number(child?.pid ?? suite.pid), dataDir);
    say(`PSS: suite ${text(held.suiteMb)} MB, its PostgreSQL ${text(held.databaseMb)} MB`);
    return { seconds, held };
  } finally {
    await suite.stop(30_000);
    await runToEnd({ command: process.execPath, args: [main, '--data-dir', dataDir, '--destroy'] });
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function run({ say }: BenchmarkOptions): Promise<Outcome> {
  const rounds: Awaited<ReturnType<typeof one>>[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) rounds.push(await one(round === ROUNDS, say));
  const held = rounds.flatMap(round => round.held ?? []);
  return {
    measures: [
      {
        what: '`npm start` to every /readyz, build and a new database included',
        unit: 's',
        rounds: rounds.map(round => round.seconds),
        goal: { atMost: 5 },
      },
      {
        what: 'PSS of the suite with its PostgreSQL, 60 s after converged',
        unit: 'MB',
        rounds: held.map(({ suiteMb, databaseMb }) => suiteMb + databaseMb),
        goal: { atMost: 600 },
      },
    ],
    raw: [
      [
        ['suite MB', 'its PostgreSQL MB'],
        ...held.map(({ suiteMb, databaseMb }) => [text(suiteMb), text(databaseMb)]),
      ],
    ],
    notes: ['Nodes, their agents and the platform are apart. Absolute goals: no raw side does the same.'],
  };
}

export const start: Benchmark = {
  name: 'start',
  about:
    '`npm start` with the quickstart on a new data directory, and the memory (PSS) that it holds once all is quiet.',
  run,
};
