import fc from 'fast-check';

/** What a property test of a surface needs; see `tellLies`. */
export interface Lies<T> {
  /** What is lied to, for messages. */
  readonly surface: string;
  readonly inputs: fc.Arbitrary<T>;
  /** Sends one input and throws when the answer breaks a law. Runs of it overlap. */
  readonly tell: (input: T) => Promise<void>;
  /** Told after each tenth of the inputs: the place to look at memory, or at the head of the event store. */
  readonly tenth?: (told: number) => Promise<void>;
  /** Default: REPLICANTE_LIES, or 10,000. */
  readonly count?: number;
  /** How many are under way at once; default 16. */
  readonly concurrency?: number;
}

/** A law of an answer. Not `expect`, which takes a stack trace each time: of 10,000 answers that is most of the test. */
export function holds(law: boolean, broken: () => string): asserts law {
  if (!law) throw new Error(broken());
}

/** REPLICANTE_SEED repeats a run; a fixed one by default, so that what fails fails again. */
export const liesSeed = (): number => Number(process.env['REPLICANTE_SEED'] ?? 20_260_501);
/** REPLICANTE_LIES asks for more, or fewer. */
export const liesCount = (): number => Number(process.env['REPLICANTE_LIES'] ?? 10_000);

/**
 * Tells a surface many inputs, several at once, in an order that the seed fixes. The first that breaks a law is shrunk
 * by fast-check, one at a time, and the smallest counterexample is thrown with the seed that repeats it.
 */
export async function tellLies<T>({
  surface,
  inputs,
  tell,
  tenth,
  count = liesCount(),
  concurrency = 16,
}: Lies<T>): Promise<number> {
  const seed = liesSeed();
  console.info(`${surface}: ${count} inputs, REPLICANTE_SEED=${seed}`);
  const all = fc.sample(inputs, { seed, numRuns: count });
  // Nobody who looks: nobody needs the slowest of each tenth to be over.
  const step = tenth ? Math.ceil(count / 10) : count;
  let next = 0;
  let broken: { readonly index: number; readonly error: unknown } | undefined;
  const teller = async (end: number): Promise<void> => {
    while (next < end && broken === undefined) {
      const index = next++;
      try {
        await tell(all[index] as T);
      } catch (error) {
        broken ??= { index, error };
      }
    }
  };
  for (let end = step; next < count; end += step) {
    await Promise.all(Array.from({ length: concurrency }, () => teller(Math.min(end, count))));
    if (broken !== undefined) await smallest({ surface, inputs, tell }, seed, broken);
    await tenth?.(Math.min(end, count));
  }
  return all.length;
}

async function smallest<T>(
  { surface, inputs, tell }: Lies<T>,
  seed: number,
  { index, error }: { readonly index: number; readonly error: unknown },
): Promise<never> {
  await fc.assert(fc.asyncProperty(inputs, tell), {
    seed,
    path: String(index),
    numRuns: 1,
    interruptAfterTimeLimit: 20_000,
  });
  // Told alone it is well answered: then it was the company that it was told in.
  const input = fc.stringify(fc.sample(inputs, { seed, path: String(index), numRuns: 1 })[0]);
  throw new Error(`${surface}: seed ${seed}, input ${index}, not alone: ${input.slice(0, 2_000)}`, {
    cause: error,
  });
}
