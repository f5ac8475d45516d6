import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import { holds, tellLies } from '@replicante/testing';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandLine, commandLines } from './command-lines.fixture.js';
import { liedToRows } from './lied-to-rows.fixture.js';
import { applied } from './program.fixture.js';
import { runReplictl } from './program.js';
import { type TestServers, startTestServers } from './test-server.fixture.js';

let servers: TestServers;
let folder = '';

beforeAll(async () => {
  servers = await startTestServers(liedToRows, method =>
    method === 'NewCoordinatorEpoch' ? { epoch: 2 } : applied,
  );
  folder = await mkdtemp(join(tmpdir(), 'replictl-lied-to-'));
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'a.yaml'), 'apiVersion: replicante.io/v0\nkind: Namespace\nspec: {id: a}\n');
  await writeFile(join(folder, 'binary.yaml'), Buffer.from([0, 0xff, 0xfe, 0x80, 10, 0x1b]));
  await writeFile(join(folder, 'nothing.yaml'), '');
  await writeFile(join(folder, 'large.yaml'), Buffer.alloc(17 * 1024 * 1024, 'a'));
});
afterAll(async () => {
  await servers?.close();
  await rm(folder, { recursive: true, force: true });
});

const placed = (text: string): string =>
  text
    .replaceAll('$FILE', join(folder, 'a.yaml'))
    .replaceAll('$BINARY', join(folder, 'binary.yaml'))
    .replaceAll('$EMPTY', join(folder, 'nothing.yaml'))
    .replaceAll('$FOLDER', join(folder, 'empty'))
    .replaceAll('$LARGE', join(folder, 'large.yaml'));

/** The exit codes of a code of the catalogue, by what standard error begins with. */
async function tell({ args, environment, stdin, valid }: CommandLine): Promise<void> {
  let [out, err] = ['', ''];
  // What waits or watches is ended, as by Ctrl-C.
  const endless = !valid && args.some(arg => /^(wait|-w|--watch|--follow)$/.test(arg));
  const signal = AbortSignal.timeout(endless ? 300 : 60_000);
  const exit = await runReplictl(args.map(placed), {
    environment: { ...servers.environment, ...environment },
    out: text => void (out += text),
    err: text => void (err += text),
    readStdin: async () => Buffer.from(stdin),
    terminal: false,
    signal,
  });
  const shown = (): string =>
    `exit ${exit}, ${JSON.stringify(err.slice(0, 500))}, said ${JSON.stringify(out.slice(0, 200))}`;
  holds(!/\n\s+at |node:internal|\.js:\d/.test(err), () => `tells of its insides: ${shown()}`);
  if (exit === 0) return holds(!valid || err === '', () => `success with an error: ${shown()}`);
  holds(!valid, () => `a valid command line fails: ${shown()}`);
  const code = /^([A-Z_]+): ./.exec(err)?.[1] ?? '';
  // A group without a command answers with its help.
  if (exit === 2 && /^Usage: replictl/.test(err)) return;
  holds(Object.hasOwn(ERROR_CATALOGUE, code), () => `no code of the catalogue: ${shown()}`);
  holds(code !== 'INTERNAL', () => `a defect: ${shown()}`);
  holds(
    ERROR_CATALOGUE[code as keyof typeof ERROR_CATALOGUE].exit === exit,
    () => `another exit code than its code's: ${shown()}`,
  );
  holds(!/secret@/.test(err), () => `prints a password: ${shown()}`);
}

describe('replictl in one process, lied to', () => {
  it('does what it is told, or ends with a code of the catalogue and its exit code', async () => {
    await tellLies({ surface: 'replictl', inputs: commandLines, tell, concurrency: 64 });
    expect(servers.calls.length).toBeGreaterThan(100);
  }, 240_000);
});
