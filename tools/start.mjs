// `npm start`: builds, then becomes the standalone suite; `npm run stack` the full stack. Options go through:
// `npm start -- --help`.
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = spawnSync(process.execPath, [join(root, 'tools/build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const [first, ...rest] = process.argv.slice(2);
const [app, options] = first === '--stack' ? ['stack', rest] : ['standalone', process.argv.slice(2)];
const suite = spawn(process.execPath, [join(root, `dist/apps/${app}/src/main.js`), ...options], {
  stdio: 'inherit',
});
// Ctrl-C reaches the suite by itself (same terminal); what is sent to this process alone is passed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => suite.kill(signal));
process.on('SIGINT', () => undefined);
suite.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
