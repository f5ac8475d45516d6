import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly seed: number;
  readonly faults: number;
  /** The platform honours idempotency keys. */
  readonly idempotency: boolean;
  /** A defect on the wire, which the run has to see. */
  readonly plant: 'provision-twice' | undefined;
}

export const USAGE = `Usage: npm run chaos:embedded -- [options]

Starts the built suite, grows its cluster from 3 to 5 nodes under faults, and proves that nothing was harmed.

  --seed S          repeats a run's choices (default: chosen and printed)
  --faults N        how many (default 12); from one per cell of the table on, an empty cell fails the run
  --no-idempotency  the platform ignores idempotency keys, as platforms of others do
  --plant provision-twice
                    delivers each provision again under another key: a defect that must fail the run
  --help
`;

/** Undefined asks for the usage text; throws a sentence for a mistake. */
export function readOptions(argv: readonly string[]): ChaosOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string' },
      faults: { type: 'string' },
      'no-idempotency': { type: 'boolean' },
      plant: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const { plant } = values;
  if (plant !== undefined && plant !== 'provision-twice') throw new Error('--plant takes provision-twice');
  return {
    plant,
    seed: wholeNumber('--seed', values.seed ?? String(Date.now() % 1_000_000)),
    faults: wholeNumber('--faults', values.faults ?? '12'),
    idempotency: !values['no-idempotency'],
  };
}

function wholeNumber(name: string, written: string): number {
  if (/^\d{1,9}$/.test(written)) return Number(written);
  throw new Error(`${name} takes a whole number, not "${written}"`);
}
