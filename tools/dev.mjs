// `npm run dev`: `npm start` with the same arguments, built and started again whenever a source file changes.
// A change that does not build is reported and leaves the running suite alone.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const settleMs = 200;
let suite;
let timer;
let working = Promise.resolve();
let stopping = false;

const node = args => spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
const ended = child =>
  new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once('error', error => (console.error(`dev: ${error.message}`), resolve(1)));
    child.once('exit', code => resolve(code));
  });

async function restart() {
  if (stopping || (await ended(node([join(root, 'tools/build.mjs')]))) !== 0) return;
  if (suite) {
    suite.kill('SIGTERM');
    await ended(suite);
  }
  if (stopping) return;
  suite = node([join(root, 'tools/start.mjs'), ...process.argv.slice(2)]);
  suite.once('exit', code => {
    if (!stopping && code !== null && code !== 0)
      console.error(`dev: ended with exit code ${code}; waiting for a change`);
  });
}

const restartSoon = () => {
  clearTimeout(timer);
  timer = setTimeout(() => (working = working.then(restart)), settleMs);
};

const watchers = ['apps', 'libs', 'examples'].flatMap(folder => {
  try {
    return [
      watch(join(root, folder), { recursive: true }, (_event, file) => {
        if (file && !/\.(spec|type-test)\.ts$|~$|(^|\/)\.[^/]*$/.test(file)) restartSoon();
      }),
    ];
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
});

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(name, () => {
    stopping = true;
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    // On a terminal Ctrl-C reaches the suite as well: it counts as one wish to stop, not as two.
    if (name !== 'SIGINT' || !process.stdin.isTTY) suite?.kill(name);
  });

working = restart();
