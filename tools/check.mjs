// `npm run check`: everything that can be said about the code without running it. One process per kind of check, one
// after the other, all of them even when one fails; silent about what is well.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { violations } from './layout.mjs';
import { projects } from './projects.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(root, 'node_modules/.cache');
const notOurs = new Set(['node_modules', 'dist', '.git', '.nx', '.replicante', 'coverage', 'tmp', 'reports']);

function listing(folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : listing(path);
    return entry.isFile() ? [{ path: relative(root, path), text: readFileSync(path, 'utf8') }] : [];
  });
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NX_DAEMON: 'false', NO_COLOR: '1' };
    delete env.FORCE_COLOR;
    const child = spawn(process.execPath, [command, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
    child.on('error', reject);
    child.on('close', code => resolve({ ok: code === 0, output }));
  });
}

const tool = path => join(root, 'node_modules', path);
// A cached lint result does not see a type that changed in another file: quick at the desk, not good enough for CI.
const eslintCache = process.env.CI ? [] : ['--cache', '--cache-location', join(cache, 'eslint/')];

const checks = {
  layout: () => {
    const found = violations({ files: listing(), projects });
    return { ok: found.length === 0, output: found.join('\n') };
  },
  generated: () => run(join(root, 'tools/gen.mjs'), ['--check']),
  format: () => run(tool('prettier/bin/prettier.cjs'), ['.', '--check', '--log-level', 'warn', '--cache']),
  lint: () => run(tool('eslint/bin/eslint.js'), ['.', '--max-warnings', '0', ...eslintCache]),
  types: () =>
    run(tool('typescript/bin/tsc'), [
      ...[
        '-p',
        'tsconfig.json',
        '--pretty',
        'false',
        '--incremental',
        '--tsBuildInfoFile',
        join(cache, 'check.tsbuildinfo'),
      ],
    ]),
};

const asked = process.argv.slice(2);
const unknown = asked.filter(name => !(name in checks));
if (unknown.length > 0) {
  console.error(`No such check: ${unknown.join(', ')}. There are: ${Object.keys(checks).join(', ')}.`);
  process.exit(2);
}
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const started = performance.now();
  const { ok, output } = await check();
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(9)} ${took}`);
  if (ok) continue;
  failed += 1;
  console.log(output.trim().replace(/^/gm, '     '));
}
process.exitCode = failed > 0 ? 1 : 0;
