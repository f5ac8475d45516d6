// Lets plain Node run our TypeScript as Jest does, for a child process of a test: `node --import typescript-hooks.mjs x.ts`.
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) register(import.meta.url);

const root = new URL('../../../../', import.meta.url);
const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.base.json', root), 'utf8'));

export async function resolve(specifier, context, next) {
  const [ours] = compilerOptions.paths[specifier] ?? [];
  if (ours) return { url: new URL(ours, root).href, shortCircuit: true };
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { transformFile } = await import('@swc/core');
  const filename = fileURLToPath(url);
  const { code } = await transformFile(filename, { swcrc: true, cwd: fileURLToPath(root), filename });
  return {
    format: 'module',
    source: `${code}\n//# sourceURL=${pathToFileURL(filename).href}`,
    shortCircuit: true,
  };
}
