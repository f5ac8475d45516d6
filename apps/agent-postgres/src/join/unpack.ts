import { mkdir, open } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import type { DatabaseUser } from '@replicante/postgres-server';
import { extract } from 'tar-stream';
import type { Header } from 'tar-stream';
import { AgentFailure } from '../agent-failure.js';
import { NODE_CONF } from '../server-files.js';
import type { ArchiveSink } from './base-backup.js';

/** Ours, written before the unpack; or of the primary's own process, and wrong here. */
const NOT_TAKEN = new Set([
  'standby.signal',
  'recovery.signal',
  NODE_CONF,
  'postmaster.pid',
  'postmaster.opts',
]);
const AUTO_CONF = 'postgresql.auto.conf';
const AUTO_CONF_MAX = 1024 * 1024;
/** Set by ALTER SYSTEM on the primary they would win over this node's own. */
const NODE_SETTING = /^\s*(?:port|cluster_name|primary_conninfo|primary_slot_name)\s*[=\s]/i;

export interface Unpacking {
  readonly sink: ArchiveSink;
  /** The archive has ended; resolves when all of it is in its files. */
  finish(): Promise<void>;
  /** Breaks off; `finish` rejects. */
  abort(error: Error): void;
}

/**
 * Unpacks one tar stream below a directory, in constant memory. The files get the owner that runs PostgreSQL.
 * Not synced: the caller syncs the whole tree when the backup is known to be complete.
 */
export function unpackInto(directory: string, owner: DatabaseUser | undefined): Unpacking {
  const archive = extract();
  const unpacked = (async () => {
    for await (const entry of archive) await place(directory, entry.header, entry, owner);
  })();
  // Heard by `finish`, and by the sink, which would otherwise wait for ever on a stream that nobody reads.
  let failure: unknown;
  let failed: (error: unknown) => void = () => undefined;
  unpacked.catch((error: unknown) => {
    failure = error;
    failed(error);
  });
  return {
    sink: bytes => {
      if (failure !== undefined) return Promise.reject(asError(failure));
      if (archive.write(bytes)) return undefined;
      return new Promise((resolve, reject) => {
        failed = error => reject(asError(error));
        archive.once('drain', resolve);
      });
    },
    finish: async () => {
      archive.end(null);
      await unpacked;
    },
    abort: error => archive.destroy(error),
  };
}

async function place(
  directory: string,
  header: Header,
  content: AsyncIterable<unknown>,
  owner: DatabaseUser | undefined,
): Promise<void> {
  const name = safeName(header.name);
  if (header.type === 'directory') {
    await makeDirectory(join(directory, name), owner);
    return drain(content);
  }
  if (header.type !== 'file' && header.type !== 'contiguous-file')
    throw new AgentFailure('BACKUP_NOT_SUPPORTED', `"${name}" is a ${header.type}`);
  if (NOT_TAKEN.has(name)) return drain(content);
  const bytes = name === AUTO_CONF ? withoutNodeSettings(content, header.size) : content;
  const path = join(directory, name);
  if (dirname(name) !== '.') await makeDirectory(dirname(path), owner);
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes) await file.writeFile(bytesOf(chunk));
    if (owner) await file.chown(owner.uid, owner.gid);
  } finally {
    await file.close();
  }
}

/** A name that stays below the directory: the primary is not trusted to name files of this machine. */
function safeName(written: string): string {
  const name = normalize(written).replace(/[/\\]+$/, '');
  if (name === '..' || name.startsWith(`..${sep}`) || name.startsWith(sep) || written.includes('\0'))
    throw new AgentFailure('BACKUP_NOT_SUPPORTED', 'the archive names a file outside of the data directory');
  return name;
}

async function makeDirectory(path: string, owner: DatabaseUser | undefined): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made === undefined || !owner) return;
  for (let place = path; ; place = dirname(place)) {
    const directory = await open(place, 'r');
    try {
      await directory.chown(owner.uid, owner.gid);
    } finally {
      await directory.close();
    }
    if (place === made) return;
  }
}

async function drain(content: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of content) void chunk;
}

async function* withoutNodeSettings(content: AsyncIterable<unknown>, size: number): AsyncIterable<unknown> {
  if (size > AUTO_CONF_MAX) throw new AgentFailure('BACKUP_NOT_SUPPORTED', `${AUTO_CONF} is too large`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(bytesOf(chunk));
  const lines = Buffer.concat(chunks).toString('utf8').split('\n');
  yield Buffer.from(lines.filter(line => !NODE_SETTING.test(line)).join('\n'));
}

/** The library's streams are typed as carrying anything. */
function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array || Buffer.isBuffer(chunk)) return chunk;
  throw new TypeError('an archive entry is not made of bytes');
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('the archive could not be unpacked', { cause: error });
