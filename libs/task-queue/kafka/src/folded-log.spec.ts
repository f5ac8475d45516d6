import { describe, expect, it } from '@jest/globals';
import { aRecord } from './a-log.fixture.js';
import { FoldedLog } from './folded-log.js';
import type { Fold } from './folded-log.js';
import { writtenSnapshot } from './snapshot.js';

/** Remembers what it was given: a list of words. */
class Words implements Fold<string> {
  words: string[] = [];
  apply(value: unknown): string | undefined {
    this.words.push(typeof value === 'string' ? value : '?');
    return typeof value === 'string' ? `seen ${value}` : undefined;
  }
  reset(): void {
    this.words = [];
  }
  written(): { words: string[] } {
    return { words: this.words };
  }
  restore({ words }: { words: string[] }): void {
    this.words = [...words];
  }
}

const word = (offset: number, text: string) => aRecord(JSON.stringify(text), offset, 0);
const chunks = (offset: number, at: number, words: string[], id = 'x') =>
  writtenSnapshot(id, at, { words }).map((value, index) => aRecord(value, offset + index, 0));

describe('a log', () => {
  it('is folded in order, each record once, also when some are read again', () => {
    const fold = new Words();
    const log = new FoldedLog(fold);
    log.begin(0);
    expect(log.add(word(0, 'a'))).toEqual(['seen a']);
    expect(log.add(word(0, 'a'))).toEqual([]);
    expect(log.add(aRecord('%garbage', 1, 0))).toEqual([]);
    log.add(aRecord(null, 2, 0));
    log.skipTo(5);
    log.add(word(4, 'hidden'));
    log.add(word(5, 'b'));
    expect(fold.words).toEqual(['a', '?', '?', 'b']);
    expect(log.position).toBe(6);
  });

  it('whose beginning was cut is folded from the snapshot behind the cut', () => {
    const fold = new Words();
    const log = new FoldedLog(fold);
    log.begin(10);
    expect(log.add(word(10, 'before'))).toEqual([]);
    log.add(word(11, 'after'));
    const big = 'x'.repeat(400_000);
    const pieces = chunks(12, 11, [big]);
    expect(pieces.length).toBeGreaterThan(2);
    // Another writer's snapshot of the same log comes mixed with it, and is never finished.
    log.add(chunks(12, 10, ['y'.repeat(400_000)], 'other')[0] ?? word(12, ''));
    const verdicts = pieces.flatMap((piece, index) => log.add({ ...piece, offset: 13 + index }));
    expect(log.isFolding).toBe(true);
    expect(fold.words).toEqual([big, 'after']);
    expect(verdicts).toEqual(['seen after']);
    log.add(word(30, 'live'));
    expect(fold.words).toEqual([big, 'after', 'live']);
  });

  it('that is folded takes no notice of snapshots, except that its tail is short again', () => {
    const fold = new Words();
    const log = new FoldedLog(fold);
    log.begin(0);
    log.add(word(0, 'a'));
    expect(log.tail.records).toBe(1);
    for (const piece of chunks(1, 0, ['else'])) log.add(piece);
    expect(fold.words).toEqual(['a']);
    expect(log.tail).toEqual({ records: 0, bytes: 0 });
  });

  it('that somebody else cut is gone on with from nothing', () => {
    const fold = new Words();
    const log = new FoldedLog(fold);
    log.begin(10);
    log.add(word(10, 'left'));
    expect(log.isFolding).toBe(false);
    expect(log.goOnWithout()).toEqual(['seen left']);
    expect(log.isFolding).toBe(true);
  });
});
