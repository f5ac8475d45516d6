import { describe, expect, it } from '@jest/globals';
import { AnswerWriter } from './answer-writer.js';
import type { Answer } from './consumer-backend.js';
import { nextTurn } from './within.js';

const answer = (id: string): Answer => ({ id, attempt: 1, outcome: 'executed', reason: '', backoffMs: 0 });
const ours = (): boolean => true;

describe('answers', () => {
  it('that come together go out together, and those that come meanwhile in the next batch', async () => {
    const batches: string[][] = [];
    let go: () => void = () => undefined;
    const writer = new AnswerWriter(
      async answers => {
        batches.push(answers.map(({ id }) => id));
        if (batches.length === 1) await new Promise<void>(resolve => (go = resolve));
      },
      () => undefined,
    );
    const first = [writer.write(answer('a'), ours), writer.write(answer('b'), ours)];
    await nextTurn();
    await nextTurn();
    const second = [writer.write(answer('c'), ours), writer.write(answer('d'), ours)];
    go();
    await Promise.all([...first, ...second]);
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('are written again after a failure, but not those whose task is somebody else’s by now', async () => {
    const batches: string[][] = [];
    const errors: unknown[] = [];
    const writer = new AnswerWriter(
      async answers => {
        batches.push(answers.map(({ id }) => id));
        if (batches.length === 1) throw new Error('away');
      },
      error => errors.push(error),
    );
    await Promise.all([writer.write(answer('kept'), ours), writer.write(answer('late'), () => false)]);
    expect(batches).toEqual([['kept', 'late'], ['kept']]);
    expect(errors).toHaveLength(1);
  });
});
