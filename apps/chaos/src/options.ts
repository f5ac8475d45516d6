import { parseArgs } from 'node:util';
import { type Adapters, EMBEDDED } from './world/adapters.js';
import type { SuiteName } from './world/suite-process.js';

export interface ChaosOptions {
  readonly suite: SuiteName;
  readonly adapters: Adapters;
  readonly seed: number;
  readonly faults: number;
  /** Number of the first fault, in the seed's plan of one fault per cell. Undefined: a plan of `faults` of its own. */
  readonly from: number | undefined;
  /** Services' clocks are wrong, or right; undefined: by the seed. */
  readonly clocks: boolean | undefined;
  /** Simulated clusters beside the one that is changed. */
  readonly fleet: number;
  /** Servers' disks refuse writes as well. */
  readonly disks: boolean;
  /** The platform honours idempotency keys. */
  readonly idempotency: boolean;
  /** A defect on the wire, which the run has to see. */
  readonly plant: 'provision-twice' | undefined;
}

export const USAGE = `Usage: npm run chaos -- [options]             every service and server as a process of its own
       npm run chaos:embedded -- [options]    the suite in one process

Starts the built suite, grows its cluster from 3 to 5 nodes under faults, and proves that nothing was harmed.

  --seed S          repeats a run's choices (default: chosen and printed)
  --faults N        how many (default 12); from one per cell of the table on, an empty cell fails the run
  --from K          runs faults K to K+N-1 of the seed's full table, so that several runs make one
  --no-idempotency  the platform ignores idempotency keys, as platforms of others do
  --plant provision-twice
                    delivers each provision again under another key: a defect that must fail the run
  --help

Of a stack:
  --clocks on | off                       services' clocks are off by 5 minutes (default: by the seed)
  --fleet N                               simulated clusters of 3 nodes beside the real one (default 10)
  --disks                                 servers' disks refuse writes as well (Linux, with prlimit)
  --event-store eventstoredb | postgres   (default: by the seed, postgres where it is even)
  --event-bus kafka | postgres            (default kafka)
  --task-queue kafka | postgres           (default kafka)
  --coordinator consul | postgres         (default consul)
  --postgres                              all four on PostgreSQL
`;

/** Undefined asks for the usage text; throws a sentence for a mistake. */
export function readOptions(argv: readonly string[]): ChaosOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      stack: { type: 'boolean' },
      seed: { type: 'string' },
      faults: { type: 'string' },
      from: { type: 'string' },
      'no-idempotency': { type: 'boolean' },
      plant: { type: 'string' },
      clocks: { type: 'string' },
      disks: { type: 'boolean' },
      fleet: { type: 'string' },
      postgres: { type: 'boolean' },
      'event-store': { type: 'string' },
      'event-bus': { type: 'string' },
      'task-queue': { type: 'string' },
      coordinator: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const { plant } = values;
  if (plant !== undefined && plant !== 'provision-twice') throw new Error('--plant takes provision-twice');
  const { clocks } = values;
  if (clocks !== undefined && clocks !== 'on' && clocks !== 'off')
    throw new Error('--clocks takes on or off');
  const seed = wholeNumber('--seed', values.seed ?? String(Date.now() % 1_000_000));
  return {
    plant,
    seed,
    disks: values.disks === true,
    fleet: values.stack ? wholeNumber('--fleet', values.fleet ?? '10') : 0,
    suite: values.stack ? 'stack' : 'standalone',
    clocks: values.stack ? (clocks === undefined ? undefined : clocks === 'on') : false,
    adapters: values.stack && !values.postgres ? adaptersOf(values, seed) : EMBEDDED,
    faults: wholeNumber('--faults', values.faults ?? '12'),
    from: values.from === undefined ? undefined : wholeNumber('--from', values.from),
    idempotency: !values['no-idempotency'],
  };
}

function adaptersOf(
  values: {
    readonly 'event-store'?: string | undefined;
    readonly 'event-bus'?: string | undefined;
    readonly 'task-queue'?: string | undefined;
    readonly coordinator?: string | undefined;
  },
  seed: number,
): Adapters {
  const choice = <T extends string>(option: keyof typeof values, names: readonly [T, T], usual: T): T => {
    const given = values[option] ?? usual;
    const name = names.find(known => known === given);
    if (name === undefined) throw new Error(`--${option} takes ${names.join(' or ')}, not "${given}"`);
    return name;
  };
  return {
    EVENT_STORE: choice(
      'event-store',
      ['postgres', 'eventstoredb'],
      seed % 2 === 0 ? 'postgres' : 'eventstoredb',
    ),
    EVENT_BUS: choice('event-bus', ['postgres', 'kafka'], 'kafka'),
    TASK_QUEUE: choice('task-queue', ['postgres', 'kafka'], 'kafka'),
    COORDINATOR: choice('coordinator', ['postgres', 'consul'], 'consul'),
  };
}

function wholeNumber(name: string, written: string): number {
  if (/^\d{1,9}$/.test(written)) return Number(written);
  throw new Error(`${name} takes a whole number, not "${written}"`);
}
