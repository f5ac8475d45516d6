// `npm run build`: one SWC pass from apps/ and libs/ to dist/, other source files copied as they are.
// dist/node_modules/@replicante/<name> links each lib, so that plain Node resolves what tsconfig paths name.
// Built aside and swapped in: a file that does not compile leaves the last good build in place.
import { transformFile } from '@swc/core';
import { cp, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projects } from './projects.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = join(root, 'dist');
const dist = join(root, 'tmp', `dist-${process.pid}`);
const started = performance.now();

async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(error => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter(e => e.isFile()).map(e => join(e.parentPath, e.name));
}

async function compile(file) {
  const target = join(dist, relative(root, file));
  await mkdir(dirname(target), { recursive: true });
  if (!file.endsWith('.ts')) return cp(file, target);
  const { code, map } = await transformFile(file, { swcrc: true, filename: file });
  const out = target.replace(/\.ts$/, '.js');
  // What starts with `#!` is a program: npm links it as it is and makes it executable only once.
  const mode = code.startsWith('#!') ? 0o755 : 0o644;
  await writeFile(out, `${code}\n//# sourceMappingURL=${out.slice(out.lastIndexOf('/') + 1)}.map\n`, {
    mode,
  });
  if (map) await writeFile(`${out}.map`, map);
}

async function link({ name, root: folder }) {
  const target = join(dist, folder);
  await mkdir(target, { recursive: true });
  const manifest = { name: `@replicante/${name}`, private: true, type: 'module', exports: './src/index.js' };
  await writeFile(join(target, 'package.json'), JSON.stringify(manifest));
  const place = join(dist, 'node_modules', '@replicante', name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(relative(dirname(place), target), place);
}

await mkdir(dist, { recursive: true });
const sources = (await Promise.all(projects.map(p => filesBelow(join(root, p.root, 'src'))))).flat();
const wanted = sources.filter(f => !/\.(spec|type-test|fixture)\.ts$/.test(f));
try {
  await Promise.all(wanted.map(compile));
  await Promise.all(projects.map(link));
  await rm(built, { recursive: true, force: true });
  await rename(dist, built);
} catch (error) {
  // The compiler's message shows file and place; the stack behind it is its own.
  console.error(`build failed: ${error.message.split('\n\nCaused by')[0]}`);
  process.exitCode = 1;
} finally {
  await rm(dist, { recursive: true, force: true });
}
if (!process.exitCode && !process.argv.includes('--quiet'))
  console.log(`built ${wanted.length} files in ${((performance.now() - started) / 1000).toFixed(1)} s`);
