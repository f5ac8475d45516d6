import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundLogs } from './bounded-logs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bounded-logs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe('the logs of a data directory', () => {
  it('keep one previous file, while their writer goes on', async () => {
    const log = join(folder, 'worker-1.log');
    const writer = await open(log, 'a');
    for (const line of ['first', 'second', 'third']) {
      await writer.appendFile(`${line} line\n`);
      await boundLogs([folder], 8);
    }
    await writer.appendFile('last\n');
    await writer.close();
    expect(await text('worker-1.log')).toBe('last\n');
    expect(await text('worker-1.log.1')).toBe('third line\n');
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('are left alone while they are short, and so is what is no log', async () => {
    await writeFile(join(folder, 'short.log'), '12345678');
    await writeFile(join(folder, 'records.jsonl'), 'longer than a log may be');
    await boundLogs([folder], 8);
    expect((await readdir(folder)).sort()).toEqual(['records.jsonl', 'short.log']);
    expect(await text('short.log')).toBe('12345678');
  });
});
