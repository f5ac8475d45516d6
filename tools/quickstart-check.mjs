// The README's first command as a newcomer runs it, in the checkout where this lies: `npm start` until the cluster has
// converged and everything has stopped, a second start that re-applies nothing, then `--destroy`.
// Ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dataDir = join(root, 'tmp', 'quickstart-check');
let passed = 0;
let failed = 0;

function expectThat(law, holds) {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? 'ok' : 'NOT OK'}  ${law}`);
}

/** Below the range of outgoing connections, which could take it before the suite does. */
const freePort = async () => {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const free = await new Promise(resolve => {
      const server = createServer();
      server.on('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
};

/** Runs the suite to its end; the whole of its output, and how it ended. */
function start(args, withinMs = 150_000) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'tools/start.mjs'), '--data-dir', dataDir, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = chunk => {
      output += chunk;
      process.stdout.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => child.kill('SIGTERM'), withinMs);
    child.on('error', reject);
    child.on('close', code => {
      clearTimeout(timer);
      resolve({ output, code });
    });
  });
}

const [http, grpc, platform] = [await freePort(), await freePort(), await freePort()];
const ports = ['--http-port', `${http}`, '--grpc-port', `${grpc}`, '--platform-port', `${platform}`];
rmSync(dataDir, { recursive: true, force: true });

const converged = /default\/pg converged: 3\/3 healthy, 1 primary, 2 secondaries, in (\d+) s/;
const first = await start([...ports, '--exit-when-converged']);
expectThat('the first start converges three nodes', first.code === 0 && converged.test(first.output));
expectThat(
  'a row written on the primary is read back on both standbys',
  (first.output.match(/was read back on pg-\d/g) ?? []).length === 2,
);
expectThat(
  'every node has a connection URL with a passfile',
  (first.output.match(/passfile=/g) ?? []).length === 3,
);
expectThat(
  'clone to converged takes less than two minutes',
  Number(converged.exec(first.output)?.[1] ?? Infinity) < 120,
);

const second = await start([...ports, '--exit-when-converged']);
expectThat(
  'the second start goes on from where things were',
  second.code === 0 && converged.test(second.output),
);
expectThat(
  'the second start re-applies nothing, and provisions, initialises and joins nothing',
  !/ created |asks platform|cluster\.(init|join)/.test(second.output),
);

const destroyed = await start(['--destroy']);
expectThat('--destroy removes it all', destroyed.code === 0 && !existsSync(dataDir));

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
