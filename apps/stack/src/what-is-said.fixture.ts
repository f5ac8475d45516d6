import { readFile, stat } from 'node:fs/promises';
import type { RollLine } from './running-stack.fixture.js';

/** Where each log ends now. */
export async function endsOf(members: readonly RollLine[]): Promise<ReadonlyMap<string, number>> {
  return new Map(
    await Promise.all(members.map(async ({ name, log }) => [name, (await stat(log)).size] as const)),
  );
}

/** Warnings and errors since then, by service and kind of line: how often each was said by all its processes. */
export async function saidSince(
  ends: ReadonlyMap<string, number>,
  members: readonly RollLine[],
): Promise<ReadonlyMap<string, number>> {
  const said = new Map<string, number>();
  for (const { name, log } of members) {
    const text = (await readFile(log)).subarray(ends.get(name) ?? 0).toString('utf8');
    for (const line of text.split('\n').filter(one => /"level":"(warn|error|fatal)"/.test(one))) {
      const { level, message, error_msg = '' } = JSON.parse(line) as Readonly<Record<string, string>>;
      // Where and when differ; what is said is the same.
      const kind = `${name} ${level}: ${message} ${error_msg}`.replace(/\d+/g, '#');
      said.set(kind, (said.get(kind) ?? 0) + 1);
    }
  }
  return said;
}

/** Sums of every sample on every /metrics, by metric and those labels that say what. */
export async function counted(members: readonly RollLine[]): Promise<(line: RegExp) => number> {
  const pages = await Promise.all(
    members.map(async ({ address }) => (await fetch(`${address}/metrics`)).text()),
  );
  const lines = pages.flatMap(page => page.split('\n'));
  return wanted =>
    lines.filter(line => wanted.test(line)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
