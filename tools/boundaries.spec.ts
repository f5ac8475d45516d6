import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';

interface FixtureResult {
  readonly fixture: string;
  readonly kind?: string;
  readonly breaks: readonly string[];
  readonly says: string;
  readonly fired: readonly { readonly rule: string; readonly message: string }[];
}

const folder = 'tools/boundary-fixtures';
const fixtures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replace(/\.ts$/, ''))
  .sort();
const legal = fixtures.filter(fixture => fixture.startsWith('legal/'));
const illegal = fixtures.filter(fixture => !fixture.startsWith('legal/'));

let kinds: readonly string[];
let results: ReadonlyMap<string, FixtureResult>;

beforeAll(async () => {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['tools/lint-fixtures.mjs'], { maxBuffer: 2 ** 24 });
  const answer = JSON.parse(stdout) as { kinds: string[]; results: FixtureResult[] };
  kinds = answer.kinds;
  results = new Map(answer.results.map(result => [result.fixture, result]));
}, 120_000);

const resultOf = (fixture: string): FixtureResult => {
  const result = results.get(fixture);
  if (result === undefined) throw new Error(`${fixture} was not linted`);
  return result;
};

describe('a file that breaks a boundary', () => {
  it.each(illegal)('is refused by exactly the rule that it names: %s', fixture => {
    const { breaks, says, fired } = resultOf(fixture);
    expect(breaks).not.toEqual([]);
    expect([...new Set(fired.map(({ rule }) => rule))].sort()).toEqual(breaks);
    expect(fired.map(({ message }) => message).join('\n')).toContain(says);
  });
});

describe('a file that keeps to the boundaries', () => {
  it.each(legal)('is let through: %s', fixture => {
    expect(resultOf(fixture).fired).toEqual([]);
  });
});

describe('the fixtures', () => {
  const kindsOf = (some: readonly string[]) => new Set(some.map(fixture => resultOf(fixture).kind));

  it('break the boundaries of every kind of project', () => {
    expect(kinds.filter(kind => !kindsOf(illegal).has(kind))).toEqual([]);
  });

  it('hold a legal import for every kind of project', () => {
    expect(kinds.filter(kind => !kindsOf(legal).has(kind))).toEqual([]);
  });
});
