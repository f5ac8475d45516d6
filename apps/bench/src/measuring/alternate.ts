export type Side<R> = () => Promise<R>;

/**
 * Runs every side once per round, in the same order: A B A B A B. What slows the machine for a while slows neighbours
 * alike, so ratios are taken within a round. `warmUp` rounds are thrown away.
 */
export async function alternate<S extends Readonly<Record<string, Side<unknown>>>>(
  sides: S,
  { rounds, warmUp = 0 }: { readonly rounds: number; readonly warmUp?: number },
): Promise<{ readonly [K in keyof S]: readonly Awaited<ReturnType<S[K]>>[] }> {
  const names = Object.keys(sides);
  const results = Object.fromEntries(names.map(name => [name, [] as unknown[]]));
  for (let round = -warmUp; round < rounds; round += 1)
    for (const name of names) {
      const result = await sides[name]?.();
      if (round >= 0) results[name]?.push(result);
    }
  return results as unknown as { readonly [K in keyof S]: readonly Awaited<ReturnType<S[K]>>[] };
}
