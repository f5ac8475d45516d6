import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttemptJournal } from './index.js';

const DAY = 24 * 3_600_000;
const ids = { attemptId: 'a', idempotencyKey: 'k' };
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replicante-journal-'));
  path = join(folder, 'attempts.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

async function reopened(
  change: (journal: AttemptJournal) => Promise<void>,
  now?: number,
): Promise<AttemptJournal> {
  const journal = await AttemptJournal.open(path);
  await change(journal);
  await journal.close();
  return AttemptJournal.open(path, now);
}

describe('an attempt journal', () => {
  it('is empty at first', async () => {
    const journal = await AttemptJournal.open(path);
    expect([journal.highestFence('c'), journal.find(ids)]).toEqual([undefined, undefined]);
    await journal.close();
  });

  it('remembers the highest fence of each cluster over a restart, never a lower one', async () => {
    const journal = await reopened(async first => {
      await first.raiseFence('c', { epoch: 1, token: 5 });
      await first.raiseFence('c', { epoch: 1, token: 4 });
      await first.raiseFence('c', { epoch: 0, token: 9 });
      await first.raiseFence('d', { epoch: 0, token: 1 });
    });
    expect(journal.highestFence('c')).toEqual({ epoch: 1, token: 5 });
    expect(journal.highestFence('d')).toEqual({ epoch: 0, token: 1 });
    await journal.close();
  });

  it('tells begun from ended, by key and by attempt id', async () => {
    const begun = await reopened(journal => journal.begin(ids, 'digest'));
    expect(begun.find({ attemptId: null, idempotencyKey: 'k' })).toEqual({
      digest: 'digest',
      result: undefined,
    });
    await begun.close();
    const ended = await reopened(journal => journal.end(ids, 'digest', { status: 200, body: { count: 1 } }));
    const known = { digest: 'digest', result: { status: 200, body: { count: 1 } } };
    expect(ended.find({ attemptId: 'a', idempotencyKey: null })).toEqual(known);
    expect(ended.find({ attemptId: 'new', idempotencyKey: 'k' })).toEqual(known);
    expect(ended.find({ attemptId: 'new', idempotencyKey: null })).toBeUndefined();
    await ended.close();
  });

  it('remembers nothing of a call without ids', async () => {
    const none = { attemptId: null, idempotencyKey: null };
    const journal = await reopened(first => first.begin(none, 'digest'));
    expect(journal.find(none)).toBeUndefined();
    await journal.close();
  });

  it('forgets attempts after seven days, fences never', async () => {
    const journal = await reopened(
      async first => {
        await first.raiseFence('c', { epoch: 1, token: 5 });
        await first.end(ids, 'digest', { status: 204, body: null });
      },
      Date.now() + 8 * DAY,
    );
    expect(journal.find(ids)).toBeUndefined();
    expect(journal.highestFence('c')).toEqual({ epoch: 1, token: 5 });
    await journal.close();
  });

  it('passes over a last line that was being written when the process died', async () => {
    const first = await AttemptJournal.open(path);
    await first.begin(ids, 'digest');
    await first.close();
    await appendFile(path, '{"kind":"ended","names":["key:k"],"dig');
    const journal = await AttemptJournal.open(path);
    expect(journal.find(ids)).toEqual({ digest: 'digest', result: undefined });
    await journal.end(ids, 'digest', { status: 200, body: {} });
    await journal.close();
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(2);
  });

  it('refuses to start on a line that is none of ours', async () => {
    await writeFile(path, '{"kind":"fence"}\n');
    await expect(AttemptJournal.open(path)).rejects.toThrow(/none of ours/);
  });
});
