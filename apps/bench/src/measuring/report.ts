import { met } from './benchmark.js';
import type { Benchmark, Measure, Outcome, RawTable } from './benchmark.js';
import { median, spread, text } from './figures.js';

const goalText = ({ goal }: Measure): string =>
  goal === undefined ? '–' : 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;

const verdict = (measure: Measure, caveat: string | undefined): string => {
  if (caveat !== undefined) return caveat;
  const ok = met(measure, median(measure.rounds));
  return ok === undefined ? '' : ok ? 'met' : '**missed**';
};

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

function table(rows: RawTable): string {
  const [head = [], ...rest] = rows;
  return [row(head), row(head.map(() => '---')), ...rest.map(row)].join('\n');
}

const measureRow = (measure: Measure, caveat: string | undefined): readonly string[] => [
  measure.what,
  goalText(measure),
  `${text(median(measure.rounds))}${measure.unit === 'ratio' ? '' : ` ${measure.unit}`}`,
  spread(measure.rounds),
  verdict(measure, caveat),
];

/** Figures are copied out of tables: each row says itself that it does not count. */
const withCaveat = (rows: RawTable, caveat: string | undefined): RawTable =>
  caveat === undefined ? rows : rows.map((cells, index) => [...cells, index === 0 ? '' : caveat]);

/** One line per measure, for the terminal. */
export const line = (measure: Measure, caveat?: string): string => {
  const [what, goal, value, range, word] = measureRow(measure, caveat);
  return `  ${what}: ${value} (${range}; goal ${goal}) ${word}`;
};

/** The section of one benchmark in docs/benchmarks.md. */
export function section(benchmark: Benchmark, outcome: Outcome, ranOn: string): string {
  const { caveat } = outcome;
  return [
    `## ${benchmark.name}${caveat === undefined ? '' : ` — ${caveat}`}`,
    benchmark.about,
    `_${ranOn}; repeat: \`npm run bench ${benchmark.name}\`_`,
    table([['measure', 'goal', 'median', 'rounds', ''], ...outcome.measures.map(m => measureRow(m, caveat))]),
    ...outcome.raw.map(rows => table(withCaveat(rows, caveat))),
    ...(outcome.notes ?? []).map(note => `- ${note}`),
  ].join('\n\n');
}
