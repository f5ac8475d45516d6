import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

const HEAD = `# Benchmarks

Written by \`npm run bench\`; do not edit. Each figure is a ratio to a raw client doing the same I/O in the same run, both
sides alternated; the median is held against the goal, the spread of the rounds stands beside it. PostgreSQL runs with
\`fsync\`, \`full_page_writes\` and \`synchronous_commit\` on (asked of the server). Load generators and raw clients are
processes of their own, on the same machine: absolute figures are small and shared, ratios are what counts. How each is
measured: \`apps/bench/README.md\`.
`;

const sectionsOf = (document: string): Map<string, string> =>
  new Map(
    document
      .split(/^(?=## )/m)
      .slice(1)
      .map(part => [/^## (\S+)/.exec(part)?.[1] ?? '', part.trim()]),
  );

/** Replaces the sections of what was measured now, in the order of `names`; others stay as they were. */
export async function writeSections(
  file: string,
  names: readonly string[],
  measured: ReadonlyMap<string, string>,
): Promise<void> {
  const before = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const sections = new Map([...sectionsOf(before), ...measured]);
  const parts = names.flatMap(name => sections.get(name) ?? []);
  const style = await resolveConfig(file);
  await writeFile(file, await format([HEAD.trim(), ...parts].join('\n\n'), { ...style, parser: 'markdown' }));
}
