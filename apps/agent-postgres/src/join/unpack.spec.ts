import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { unpackInto } from './unpack.js';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'replicante-unpack-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function archiveOf(fill: (archive: Pack) => void): Promise<Buffer> {
  const archive = pack();
  fill(archive);
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** Fed in small pieces, as a network does. */
async function unpack(bytes: Buffer): Promise<void> {
  const unpacking = unpackInto(directory, undefined);
  for (let at = 0; at < bytes.length; at += 700) await unpacking.sink(bytes.subarray(at, at + 700));
  await unpacking.finish();
}

describe('unpacking a base backup', () => {
  it('writes files and directories for their owner alone', async () => {
    const large = Buffer.alloc(100_000, 7);
    await unpack(
      await archiveOf(archive => {
        archive.entry({ name: 'base', type: 'directory', mode: 0o777 });
        archive.entry({ name: 'base/1/deep', mode: 0o666 }, large);
        archive.entry({ name: './PG_VERSION' }, '18\n');
        archive.entry({ name: 'empty' }, '');
      }),
    );
    expect(await readFile(join(directory, 'PG_VERSION'), 'utf8')).toBe('18\n');
    expect(large.equals(await readFile(join(directory, 'base/1/deep')))).toBe(true);
    expect((await stat(join(directory, 'base/1/deep'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'base/1'))).mode & 0o777).toBe(0o700);
    expect((await readdir(directory)).sort()).toEqual(['PG_VERSION', 'base', 'empty']);
  });

  it('keeps what makes this node a standby, whatever the archive holds', async () => {
    await writeFile(join(directory, 'standby.signal'), 'ours');
    await writeFile(join(directory, 'replicante.conf'), 'ours');
    await unpack(
      await archiveOf(archive => {
        for (const name of ['standby.signal', 'replicante.conf', 'recovery.signal', 'postmaster.pid'])
          archive.entry({ name }, 'theirs');
        archive.entry({ name: 'postgresql.auto.conf' }, "work_mem = '8MB'\nprimary_conninfo = 'x'\nport=1\n");
      }),
    );
    expect((await readdir(directory)).sort()).toEqual([
      'postgresql.auto.conf',
      'replicante.conf',
      'standby.signal',
    ]);
    expect(await readFile(join(directory, 'standby.signal'), 'utf8')).toBe('ours');
    expect(await readFile(join(directory, 'replicante.conf'), 'utf8')).toBe('ours');
    expect(await readFile(join(directory, 'postgresql.auto.conf'), 'utf8')).toBe("work_mem = '8MB'\n");
  });

  it.each(['../outside', '/etc/outside', 'a/../../outside'])('refuses a file named %s', async name => {
    await expect(unpack(await archiveOf(archive => archive.entry({ name }, 'x')))).rejects.toThrow(
      'outside of the data directory',
    );
    expect(await readdir(directory)).toEqual([]);
  });

  it('refuses links, and a file that occurs twice', async () => {
    const link = await archiveOf(archive =>
      archive.entry({ name: 'l', type: 'symlink', linkname: '/etc/passwd' }),
    );
    await expect(unpack(link)).rejects.toThrow('BACKUP_NOT_SUPPORTED');
    const twice = await archiveOf(archive => {
      archive.entry({ name: 'a' }, '1');
      archive.entry({ name: 'a' }, '2');
    });
    await expect(unpack(twice)).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('refuses half an archive', async () => {
    const whole = await archiveOf(archive => archive.entry({ name: 'a' }, Buffer.alloc(5000)));
    await expect(unpack(whole.subarray(0, 2000))).rejects.toThrow();
  });

  it('ends when it is broken off', async () => {
    const unpacking = unpackInto(directory, undefined);
    unpacking.abort(new Error('broken off'));
    await expect(unpacking.finish()).rejects.toThrow('broken off');
  });
});
