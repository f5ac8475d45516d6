// Lints every file of tools/boundary-fixtures/ as if it lay where its `as:` line says, and prints what fired as JSON.
// A process of its own, because ESLint and Nx load native and CommonJS code that Jest's ESM sandbox is not made for.
import { ESLint } from 'eslint';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { boundaries, rootsOf } from './boundaries.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'tools/boundary-fixtures');

const typed = new ESLint({ cwd: root, ignore: false });
// A file that does not exist is in no TypeScript program, so the rules that need types are left to `typed/`.
const untyped = new ESLint({
  cwd: root,
  overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }],
});

const said = (text, key) => new RegExp(`^// ${key}: (.+)$`, 'm').exec(text)?.[1];

async function lint(file) {
  const text = await readFile(file, 'utf8');
  const as = said(text, 'as');
  const [result] = as
    ? await untyped.lintText(text, { filePath: join(root, as) })
    : await typed.lintText(text, { filePath: file });
  return {
    fixture: relative(folder, file).replace(/\.ts$/, ''),
    kind: Object.keys(boundaries).find(kind => rootsOf(kind).some(r => as?.startsWith(`${r}/`))),
    breaks: said(text, 'breaks')?.split(', ').sort() ?? [],
    says: said(text, 'says') ?? '',
    // The message about a disabling comment that has no effect carries no rule.
    fired: result.messages.map(({ ruleId, message }) => ({ rule: ruleId ?? 'noInlineConfig', message })),
  };
}

const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files = entries.filter(e => e.isFile() && e.name.endsWith('.ts')).map(e => join(e.parentPath, e.name));
const results = [];
for (const file of files.sort()) results.push(await lint(file));
process.stdout.write(JSON.stringify({ kinds: Object.keys(boundaries), results }));
