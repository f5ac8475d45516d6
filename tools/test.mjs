// `npm test`: builds, runs every layer that a bare machine can (docs/testing.md) and ends with `N passed, N failed`.
// What stands after `npm test --` goes to Jest and selects: a path, `-t "a title"`.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endLeftovers } from './leftovers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const asked = process.argv.slice(2);

// The tests' own temporary folder: what they leave in it is known to be theirs. A short name, because the path of a Unix
// socket holds 107 characters; open to others, because as root PostgreSQL runs as another user.
const folder = mkdtempSync(join(tmpdir(), 'rt-'));
chmodSync(folder, 0o1777);
const mark = `REPLICANTE_TEST_RUN=${randomUUID()}`;
const [markName, markValue] = mark.split('=');
const where = { mark, folders: [folder] };

let running;
let interrupted = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(name, () => {
    interrupted = true;
    running?.kill('SIGTERM');
  });

function run(args) {
  return new Promise((resolve, reject) => {
    running = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, TMPDIR: folder, [markName]: markValue, NODE_ENV: 'test' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    running.on('error', reject);
    running.on('close', code => resolve(code ?? 1));
  });
}

function countsOf(file, code) {
  let result;
  try {
    result = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.log(`Jest ended with exit code ${code} and without a result`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A suite that cannot be loaded holds no failed test, and is a failure all the same; so is an exit code that lies.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

const layers = [
  { name: 'unit, contract, int', projects: ['unit', 'contract', 'int'], workers: ['--maxWorkers', '2'] },
  // Each starts whole suites of processes: two at a time on two cores measure each other.
  { name: 'e2e', projects: ['e2e'], workers: ['--runInBand'] },
];

async function runLayer({ name, projects, workers }) {
  console.log(`\n== ${name} ==`);
  const file = join(folder, `${projects[0]}.json`);
  const code = await run([
    // Given to node, not by NODE_OPTIONS: the processes that tests start run as they do in production.
    ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    join(root, 'node_modules/jest/bin/jest.js'),
    ...[
      ...asked,
      ...workers,
      '--passWithNoTests',
      '--json',
      '--outputFile',
      file,
      '--selectProjects',
      ...projects,
    ],
  ]);
  const counts = countsOf(file, code);
  const left = await endLeftovers(where);
  if (left.length > 0) console.log(`Left running by these tests, ended now:\n  ${left.join('\n  ')}`);
  return { ...counts, failed: counts.failed + left.length };
}

const total = { passed: 0, failed: 0, skipped: 0 };
try {
  // Before the tests, whose time limits are not made for building a server.
  const obtains = asked.length === 0 ? [join(root, 'tools/servers.mjs')] : undefined;
  if ((await run([join(root, 'tools/build.mjs')])) !== 0) total.failed += 1;
  else if (obtains && (await run(obtains)) !== 0) total.failed += 1;
  else
    for (const layer of layers) {
      if (interrupted) break;
      const counts = await runLayer(layer);
      for (const key of Object.keys(total)) total[key] += counts[key];
    }
} finally {
  await endLeftovers(where, { graceMs: 0 });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
if (interrupted) console.log('\nInterrupted.');
if (total.passed + total.failed === 0) console.log('\nNo test ran.');
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = interrupted || total.failed > 0 || total.passed === 0 ? 1 : 0;
