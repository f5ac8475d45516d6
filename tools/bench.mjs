// `npm run bench [name…] [-- --full]`: builds, then measures (apps/bench/README.md).
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root }).status ?? 1;
process.exitCode =
  node(join(root, 'tools/build.mjs')) ||
  node(join(root, 'dist/apps/bench/src/main.js'), ...process.argv.slice(2));
