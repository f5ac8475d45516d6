import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from './runner.mjs';
import type { SpecRunner } from './runner.mjs';

/*
 * Written as Stryker instruments: mutant 1 is a law's, 2 is nobody's, 3 writes into what is shared, 4 lies in what runs
 * when the file is loaded, 5 never ends unless it is stopped.
 */
const source = `
const active = (id: string): boolean => {
  const s = (globalThis as any).__stryker__;
  if (s.activeMutant !== id) return false;
  s.hitCount += 1;
  if (s.hitCount > (s.hitLimit ?? Infinity)) throw new Error('hit limit');
  return true;
};
const cover = (id: string): boolean => {
  const { mutantCoverage: c, currentTestId: t } = (globalThis as any).__stryker__;
  const of = t ? (c.perTest[t] ??= {}) : c?.static;
  if (of) of[id] = (of[id] ?? 0) + 1;
  return true;
};
const shared: { total: number } = { total: 0 };
const START = active('4') ? 1 : (cover('4'), 0);
export const sum = (a: number, b: number): number => (active('1') ? a - b : (cover('1'), a + b));
export const words = (): string => (active('2') ? '' : 'some words');
export const total = (): number => (active('3') ? (shared.total += 1) : shared.total) + START;
export const last = (n: number): number => {
  for (let i = n; active('5') || i > 0; i -= 1);
  return 0;
};
`;
const spec = `
import { describe, expect, it } from '@jest/globals';
import { sum, words, total, last } from './laws.js';
describe.each([1, 2])('a number %i', n => {
  it.each([[0, n], [1, n + 1]])('and %i is %i', (other, is) => expect(sum(n, other)).toBe(is));
});
it('a total is nothing at first', () => expect(total()).toBe(0));
it('words are a string', () => expect(typeof words()).toBe('string'));
it('the last is nothing', async () => expect(await Promise.resolve(last(2))).toBe(0));
`;

describe('the runner of mutants', () => {
  let folder = '';
  let runner: SpecRunner;
  const verdictOf = async (id: string, more: { testFilter?: readonly string[]; hitLimit?: number } = {}) =>
    runner.mutantRun({ activeMutant: { id }, ...more });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mutants-'));
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src/laws.ts'), source);
    writeFileSync(join(folder, 'src/laws.spec.ts'), spec);
    writeFileSync(join(folder, 'src/slow.int.spec.ts'), 'throw new Error("needs a server");');
    runner = createRunner({ specRunner: { specs: 'src', aliases: {} } }, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runs what needs nothing, and knows which test met which mutant', async () => {
    const { tests, mutantCoverage } = await runner.dryRun();
    expect(tests.map(t => [t.name, t.status])).toEqual([
      ['a number 1 and 0 is 1', 0],
      ['a number 1 and 1 is 2', 0],
      ['a number 2 and 0 is 2', 0],
      ['a number 2 and 1 is 3', 0],
      ['a total is nothing at first', 0],
      ['words are a string', 0],
      ['the last is nothing', 0],
    ]);
    expect(mutantCoverage.static).toEqual({ 4: 1 + tests.length });
    expect(Object.keys(mutantCoverage.perTest)).toEqual(tests.slice(0, 4).map(t => t.id));
  });
  it('kills what breaks a law, by the law that it breaks', async () => {
    const killed = await verdictOf('1');
    expect(killed).toMatchObject({ status: 'killed' });
    expect(killed.killedBy?.[0]).toContain('a number');
  });
  it('lets live what breaks none', async () => {
    expect(await verdictOf('2')).toMatchObject({ status: 'survived', nrOfTests: 7 });
  });
  it('lets no mutant decide about the next: what it wrote is gone', async () => {
    expect(await verdictOf('3')).toMatchObject({ status: 'killed' });
    expect(await verdictOf('2')).toMatchObject({ status: 'survived' });
  });
  it('has the mutant at work while files are loaded', async () => {
    expect(await verdictOf('4')).toMatchObject({ status: 'killed' });
  });
  it('ends what would not end', async () => {
    expect(await verdictOf('5', { hitLimit: 1_000 })).toMatchObject({ status: 'timeout' });
  });
  it('runs only the tests that were asked for', async () => {
    const { tests } = await runner.dryRun();
    const blind = tests.filter(t => t.name.startsWith('words')).map(t => t.id);
    expect(await verdictOf('1', { testFilter: blind })).toEqual({ status: 'survived', nrOfTests: 1 });
  });
});
