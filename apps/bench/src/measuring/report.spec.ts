import { describe, expect, it } from '@jest/globals';
import type { Benchmark, Outcome } from './benchmark.js';
import { ON_THE_DOUBLE } from './benchmark.js';
import { line, section } from './report.js';

const outcome: Outcome = {
  measures: [{ what: 'ours ÷ raw', unit: 'ratio', rounds: [0.4, 0.5, 0.6], goal: { atLeast: 0.5 } }],
  raw: [
    [
      ['round', 'per second'],
      [1, 400],
      [2, 500],
    ],
  ],
};
const benchmark: Benchmark = { name: 'some', about: 'This ÷ that.', run: () => Promise.resolve(outcome) };
const rowsOf = (text: string): string[] => text.split('\n').filter(row => row.startsWith('| '));

describe('the report of a benchmark', () => {
  it('holds the median against the goal, with the spread beside it', () => {
    expect(section(benchmark, outcome, 'here')).toContain(
      '| ours ÷ raw | ≥ 0.5 | 0.50 | 0.40 – 0.60 | met |',
    );
  });

  it('says in the heading and in every row that what the double did is no measurement', () => {
    const text = section(benchmark, { ...outcome, caveat: ON_THE_DOUBLE }, 'here');
    expect(text.split('\n', 1)[0]).toBe(`## some — ${ON_THE_DOUBLE}`);
    const figures = rowsOf(text).filter(row => /\d/.test(row));
    expect(figures).toHaveLength(3);
    for (const row of figures) expect(row.endsWith(`| ${ON_THE_DOUBLE} |`)).toBe(true);
  });

  it('judges no goal by what does not count', () => {
    const text = `${section(benchmark, { ...outcome, caveat: ON_THE_DOUBLE }, 'here')}${line(
      { what: 'x', unit: 'ratio', rounds: [1], goal: { atLeast: 2 } },
      ON_THE_DOUBLE,
    )}`;
    expect(text).not.toMatch(/met|missed/);
  });
});
