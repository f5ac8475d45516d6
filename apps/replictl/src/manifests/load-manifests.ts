import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { LineCounter, parseAllDocuments } from 'yaml';
import { HandError } from '../output/hand-error.js';
import type { Io } from '../output/io.js';
import { MAX_NESTING, tooDeepAt } from './nesting.js';
import { notJson } from './only-json.js';

/** One document of a file, and the line on which it begins. */
export interface LoadedManifest {
  readonly file: string;
  readonly line: number;
  readonly value: unknown;
}

/** The documents of a YAML or JSON text. Refuses with every syntax fault of the text, each with its line. */
export function parseManifests(file: string, text: string): readonly LoadedManifest[] {
  const lines = new LineCounter();
  const deep = tooDeepAt(text);
  if (deep !== undefined)
    throw new HandError('MANIFEST_INVALID', `${file} cannot be read`, [
      {
        field: `${file}:${text.slice(0, deep).split('\n').length}`,
        description: `is nested deeper than ${MAX_NESTING} levels; flatten it`,
      },
    ]);
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const documents = 'empty' in parsed ? [] : parsed;
  // A warning is a tag that nobody resolves: what it says would be lost without a word.
  const faults = documents.flatMap(document =>
    [...document.errors, ...document.warnings].map(error => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { field: `${file}:${line}:${col}`, description: error.message };
    }),
  );
  if (faults.length > 0) throw new HandError('MANIFEST_INVALID', `${file} is not YAML`, faults);
  const changed = documents.flatMap(notJson).map(({ offset, description }) => {
    const { line, col } = lines.linePos(offset);
    return { field: `${file}:${line}:${col}`, description };
  });
  if (changed.length > 0) throw new HandError('MANIFEST_INVALID', `${file} says what JSON cannot`, changed);
  return documents.flatMap(document => {
    if (document.contents === null) return [];
    const line = lines.linePos(document.contents.range[0]).line;
    try {
      // Few aliases: a document that unfolds to gigabytes is refused here, before it is in memory.
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      return value === null ? [] : [{ file, line, value }];
    } catch (error) {
      throw new HandError('MANIFEST_INVALID', `${file} cannot be read`, [
        { field: `${file}:${line}`, description: error instanceof Error ? error.message : String(error) },
      ]);
    }
  });
}

/** Above what the service takes in one message (16 MiB): what is larger is not read to its end, `/dev/zero` included. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** Refuses what is not UTF-8: a letter that cannot be read would be applied as another one. */
function textOf(file: string, bytes: Buffer): string {
  if (bytes.length > MAX_TEXT_BYTES)
    throw new HandError('REQUEST_TOO_LARGE', `${file} is too large`, [
      { field: `${file}:1`, description: `is larger than ${MAX_TEXT_BYTES} bytes; split it` },
    ]);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const line = firstUnreadableLine(bytes);
  throw new HandError('MANIFEST_INVALID', `${file} is not UTF-8`, [
    { field: `${file}:${line}`, description: 'holds bytes that are no UTF-8; save the file as UTF-8' },
  ]);
}

/** At most a byte more than may be read, of a file, a pipe or a device. */
async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await buffer(createReadStream(file, { end: MAX_TEXT_BYTES }));
  } catch (error) {
    throw unreadable(file, error);
  }
}

const unreadable = (path: string, error: unknown): HandError =>
  new HandError(
    'MANIFEST_INVALID',
    `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
  );

function firstUnreadableLine(bytes: Buffer): number {
  for (let line = 1, from = 0; ; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    if (end < 0 || !isUtf8(bytes.subarray(from, end))) return line;
    from = end + 1;
  }
}

const EXTENSIONS: readonly string[] = ['.yaml', '.yml', '.json'];

/** Files of a folder: `*.yaml`, then `*.yml`, then `*.json`, each by name (domain-reference §14.2). */
async function filesOf(folder: string, recursive: boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive });
  return entries
    .filter(entry => entry.isFile() && EXTENSIONS.includes(extname(entry.name)))
    .map(entry => join(entry.parentPath, entry.name))
    .sort((a, b) => EXTENSIONS.indexOf(extname(a)) - EXTENSIONS.indexOf(extname(b)) || (a < b ? -1 : 1));
}

async function expand(path: string, recursive: boolean): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const files = await filesOf(path, recursive);
    if (files.length > 0) return files;
  } catch (error) {
    throw unreadable(path, error);
  }
  throw new HandError('MANIFEST_INVALID', `${path} holds no *.yaml, *.yml or *.json`);
}

/** All documents of files, folders and `-` (standard input), in the order given; nothing is sent before all are read. */
export async function loadManifests(
  paths: readonly string[],
  options: { readonly recursive: boolean; readonly readStdin: Io['readStdin'] },
): Promise<readonly LoadedManifest[]> {
  const loaded: LoadedManifest[] = [];
  for (const path of paths) {
    if (path === '-') {
      const name = '(standard input)';
      loaded.push(...parseManifests(name, textOf(name, await options.readStdin(MAX_TEXT_BYTES + 1))));
      continue;
    }
    for (const file of await expand(path, options.recursive))
      loaded.push(...parseManifests(file, textOf(file, await bytesOf(file))));
  }
  if (loaded.length === 0) throw new HandError('MANIFEST_INVALID', 'nothing to apply: no document found');
  return loaded;
}
