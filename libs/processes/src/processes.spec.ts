import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@replicante/testing';
import {
  childrenOf,
  directoryOwner,
  exitWithin,
  freeze,
  findByArguments,
  freePorts,
  identify,
  isAlive,
  isPortFree,
  ownDirectory,
  ownIdentity,
  readPidFile,
  removePidFile,
  runToEnd,
  sendSignal,
  spawnDetached,
  stop,
  writeFileDurably,
  writePidFile,
} from './index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replicante-processes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (script: string, ...more: string[]) =>
  spawnDetached({
    command: '/bin/sh',
    args: ['-c', script, ...more],
    logFile: join(folder, 'log'),
    cwd: '/',
  });

describe('a process identity', () => {
  it('is that of one life of a pid', async () => {
    const { identity } = await start('exec sleep 60');
    expect(identify(identity.pid)).toEqual(identity);
    expect(isAlive(identity)).toBe(true);
    const other = { ...identity, startTime: 'another' };
    expect(isAlive(other)).toBe(false);
    expect(sendSignal(other, 'SIGKILL')).toBe(false);
    expect(await stop(other)).toBe('gone');
    expect(isAlive(identity)).toBe(true);
    expect(await stop(identity, { graceMs: 5_000 })).toBe('stopped');
    expect(isAlive(identity)).toBe(false);
    expect(await stop(identity)).toBe('gone');
  });

  it('of an ended process that nobody collected is not alive', async () => {
    const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = Number(
      await new Promise<string>(line => parent.stdout.once('data', (data: Buffer) => line(data.toString()))),
    );
    const zombie = identify(pid);
    expect(zombie === undefined || (await exitWithin(zombie, 5_000))).toBe(true);
    parent.kill('SIGKILL');
  });

  it('does not exist for a pid that nobody has', () => {
    expect(identify(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('stopping a process', () => {
  it('escalates to SIGKILL after the grace, with its group', async () => {
    const { identity, exited } = await start(
      'trap "" TERM; (trap "" TERM; while :; do sleep 1; done) & wait; wait',
    );
    await eventually(() => childrenOf(identity.pid).length > 0, { within: 5_000 });
    const [child] = childrenOf(identity.pid).flatMap(pid => identify(pid) ?? []);
    expect(await stop(identity, { graceMs: 200, group: true })).toBe('killed');
    expect(await exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(child && (await exitWithin(child, 5_000))).toBe(true);
  });

  it('ends a frozen process', async () => {
    const { identity } = await start('exec sleep 60');
    expect(freeze(identity)).toBe(true);
    const state = await runToEnd({ command: 'ps', args: ['-o', 'stat=', '-p', String(identity.pid)] });
    expect(state).toMatch(/^T/); // it stands by when `freeze` answers
    expect(await stop(identity, { graceMs: 100 })).toBe('killed');
  });
});

describe('starting a process', () => {
  it('appends its output to a log that only we may read', async () => {
    const first = await start('echo one; echo two >&2; exit 3');
    expect(await first.exited).toEqual({ code: 3, signal: null });
    await (
      await start('echo three')
    ).exited;
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('one\ntwo\nthree\n');
    expect((await stat(join(folder, 'log'))).mode & 0o777).toBe(0o600);
  });

  it('says why a program could not be started', async () => {
    const attempt = spawnDetached({ command: join(folder, 'absent'), logFile: join(folder, 'log') });
    await expect(attempt).rejects.toMatchObject({
      code: 'SPAWN_FAILED',
      message: expect.stringContaining('ENOENT') as unknown,
    });
  });

  it('finds it by its arguments in a row', async () => {
    const { identity } = await start('while :; do sleep 1; done', 'x', '--dir', folder);
    expect(findByArguments(['--dir', folder])).toEqual([identity]);
    expect(findByArguments(['--dir', `${folder}/deeper`])).toEqual([]);
    expect(findByArguments(['x', folder])).toEqual([]);
    await stop(identity, { graceMs: 2_000, group: true });
    expect(findByArguments(['--dir', folder])).toEqual([]);
  });

  it('to its end answers the output, or fails with it', async () => {
    expect(await runToEnd({ command: '/bin/echo', args: ['hello'] })).toBe('hello\n');
    const failing = runToEnd({ command: '/bin/sh', args: ['-c', 'echo why >&2; exit 4'] });
    await expect(failing).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringMatching(/4\nwhy$/) as unknown,
    });
    await expect(runToEnd({ command: 'sleep', args: ['60'], timeoutMs: 50 })).rejects.toThrow(/SIGKILL/);
  });
});

describe('a pid file', () => {
  it('is written whole, only for us, and read back', async () => {
    const path = join(folder, 'pid');
    expect(await readPidFile(path)).toBeUndefined();
    await writePidFile(path, ownIdentity());
    expect(await readPidFile(path)).toEqual(ownIdentity());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['pid']);
    await removePidFile(path);
    await removePidFile(path);
  });

  it.each(['', '12', '{"pid":"1","startTime":"x"}'])('that holds %j is none of ours', async content => {
    await writeFile(join(folder, 'pid'), content);
    await expect(readPidFile(join(folder, 'pid'))).rejects.toMatchObject({ code: 'PID_FILE_INVALID' });
  });
});

describe('a durable file', () => {
  it('keeps the old content and leaves nothing behind when it cannot be written', async () => {
    const path = join(folder, 'file');
    await writeFileDurably(path, 'old', { mode: 0o640 });
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    await expect(writeFileDurably(join(folder, 'file', 'below'), 'new')).rejects.toThrow();
    await expect(writeFileDurably(path, 'new', { owner: { uid: -5, gid: 0 } })).rejects.toThrow();
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('the owner of a directory', () => {
  it('is one living process', async () => {
    const mine = await ownDirectory(folder);
    await expect(ownDirectory(folder)).rejects.toMatchObject({ code: 'DIRECTORY_OWNED' });
    expect(await directoryOwner(folder)).toEqual(ownIdentity());
    await mine.release();
    await mine.release();
    expect(await directoryOwner(folder)).toBeUndefined();
    await (await ownDirectory(folder)).release();
  });

  it('is succeeded by exactly one of many when it died', async () => {
    const dead = { pid: process.pid, startTime: 'an earlier life of this pid' };
    for (let round = 1; round <= 20; round += 1) {
      await rm(folder, { recursive: true });
      folder = await mkdtemp(join(tmpdir(), 'replicante-processes-'));
      await writeFile(join(folder, 'owner-000000000007.lock'), JSON.stringify(dead));
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => ownDirectory(folder)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await readdir(folder)).filter(name => name.endsWith('.lock'))).toHaveLength(1);
    }
  });

  it('of a directory that cannot be written is an error', async () => {
    await chmod(folder, 0o500);
    const attempt = ownDirectory(join(folder, 'absent'));
    await expect(attempt).rejects.toMatchObject({ code: 'ENOENT' });
    await chmod(folder, 0o700);
  });
});

describe('free ports', () => {
  it('are different and free', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).toBe(20);
    for (const port of ports.slice(0, 3)) expect(await isPortFree(port)).toBe(true);
  });
});
