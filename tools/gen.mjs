// `npm run gen`: writes project.json files and tsconfig paths from tools/projects.mjs.
// `--check` writes nothing and fails when a file differs from what it would write.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { projects } from './projects.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const stale = [];

function put(path, text) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  if (check) return void stale.push(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

// As `npm run check` wants it formatted: what is generated and what is checked never differ.
const style = await resolveConfig(join(root, 'project.json'));
const json = value => format(JSON.stringify(value), { ...style, parser: 'json' });
const apps = new Set(['app', 'standalone', 'stack', 'hand', 'managed', 'harness', 'checker']);

for (const { name, root: folder, kind } of projects) {
  put(
    `${folder}/project.json`,
    await json({
      name,
      $schema: `${'../'.repeat(folder.split('/').length)}node_modules/nx/schemas/project-schema.json`,
      projectType: apps.has(kind) ? 'application' : 'library',
      sourceRoot: `${folder}/src`,
      tags: [`kind:${kind}`],
    }),
  );
}

const base = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8'));
base.compilerOptions.paths = Object.fromEntries(
  projects.map(({ name, root: folder }) => [`@replicante/${name}`, [`./${folder}/src/index.ts`]]),
);
put('tsconfig.base.json', await json(base));

if (stale.length > 0) {
  console.error(`Not as generated (run "npm run gen"):\n  ${stale.join('\n  ')}`);
  process.exit(1);
}
