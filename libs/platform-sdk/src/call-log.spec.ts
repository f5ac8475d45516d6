import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallLogEntry } from './call-log.js';
import { fileCallLog } from './call-log.js';

const entry = (call: number): CallLogEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  phase: 'before',
  call,
  run: 'r',
  endpoint: 'discover',
  clusterId: null,
  attemptId: null,
  idempotencyKey: null,
  fence: null,
});

describe('the call log', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'call-log-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const calls = async (file: string): Promise<readonly number[]> =>
    (await readFile(join(folder, file), 'utf8'))
      .trimEnd()
      .split('\n')
      .map(line => (JSON.parse(line) as CallLogEntry).call);

  it('never holds more than two files, of which the newest lines are never missing', async () => {
    const line = `${JSON.stringify(entry(1))}\n`.length;
    const path = join(folder, 'calls.jsonl');
    const log = fileCallLog(path, line * 3);
    for (let call = 1; call <= 8; call += 1) log.write(entry(call));
    expect(await calls('calls.jsonl')).toEqual([7, 8]);
    expect(await calls('calls.jsonl.1')).toEqual([4, 5, 6]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('goes on where an earlier process stopped', async () => {
    const line = `${JSON.stringify(entry(1))}\n`.length;
    const path = join(folder, 'calls.jsonl');
    fileCallLog(path, line * 2).write(entry(1));
    const again = fileCallLog(path, line * 2);
    again.write(entry(2));
    expect(await calls('calls.jsonl')).toEqual([1, 2]);
    again.write(entry(3));
    expect(await calls('calls.jsonl')).toEqual([3]);
  });
});
