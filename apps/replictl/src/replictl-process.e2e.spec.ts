import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import { holds, liesSeed, startProcess } from '@replicante/testing';
import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLines } from './command-lines.fixture.js';
import { liedToRows } from './lied-to-rows.fixture.js';
import { applied } from './program.fixture.js';
import { type TestServers, startTestServers } from './test-server.fixture.js';

const MAIN = join(import.meta.dirname, '../../../dist/apps/replictl/src/main.js');
let servers: TestServers;
let folder = '';

beforeAll(async () => {
  servers = await startTestServers(liedToRows, method =>
    method === 'NewCoordinatorEpoch' ? { epoch: 2 } : applied,
  );
  folder = await mkdtemp(join(tmpdir(), 'replictl-processes-'));
  await writeFile(join(folder, 'a.yaml'), 'apiVersion: replicante.io/v0\nkind: Namespace\nspec: {id: a}\n');
});
afterAll(async () => {
  await servers?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs to the end, at most 20 s; `script` is what a shell does with `$REPLICTL`. */
function run(
  script: string,
  args: readonly string[],
  stdin = '',
  more: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', script, 'sh', ...args], {
      env: { PATH: process.env['PATH'], ...servers.environment, NODE: process.execPath, MAIN, ...more },
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    // Who does not read its input may be gone before it is written.
    child.stdin.once('error', () => undefined).end(stdin);
  });
}

function judged({ code, signal, stdout, stderr }: Ended): void {
  const shown = (): string =>
    JSON.stringify({ code, signal, stderr: stderr.slice(0, 800), stdout: stdout.slice(0, 100) });
  holds(signal === null && code !== null, () => `killed, or hung: ${shown()}`);
  holds(
    !/\n\s+at |node:internal|Unhandled|ExperimentalWarning/.test(stderr),
    () => `tells of its insides: ${shown()}`,
  );
  if (code === 0 || /^Usage: replictl/.test(stderr)) return;
  const named = /^([A-Z_]+): ./.exec(stderr)?.[1] ?? '';
  holds(
    Object.hasOwn(ERROR_CATALOGUE, named) && named !== 'INTERNAL',
    () => `no code of the catalogue: ${shown()}`,
  );
  holds(ERROR_CATALOGUE[named as keyof typeof ERROR_CATALOGUE].exit === code, shown);
}

const REPLICTL = '"$NODE" "$MAIN" "$@"';

describe('replictl as a process, lied to', () => {
  it('ends 40 times with 0, or with a code of the catalogue and its exit code', async () => {
    const endless = /^(wait|-w|--watch|--follow)$/;
    const inputs = fc
      .sample(commandLines, { seed: liesSeed(), numRuns: 80 })
      // What a process cannot be given, and what would not end.
      .filter(
        ({ args, environment }) => ![...args, ...Object.values(environment)].some(a => a.includes('\0')),
      )
      .filter(({ args }) => !args.some(arg => endless.test(arg) || arg.length > 50_000 || arg.includes('$')))
      .slice(0, 40);
    expect(inputs).toHaveLength(40);
    const next = inputs[Symbol.iterator]();
    const lane = async (): Promise<void> => {
      for (const { args, environment, stdin, valid } of { [Symbol.iterator]: () => next }) {
        const ended = await run(REPLICTL, args, stdin, environment);
        judged(ended);
        holds(
          !valid || ended.code === 0,
          () => `a valid command line fails: ${JSON.stringify({ args, ended })}`,
        );
      }
    };
    await Promise.all([lane(), lane()]);
  }, 120_000);

  const cases: readonly (readonly [string, string, number])[] = [
    ['a reader that goes away', `${REPLICTL} get cluster -o yaml | head -c 1 >/dev/null`, 0],
    ['a standard error that is closed', `${REPLICTL} frobnicate 2>&-`, 2],
    [
      'nobody at the other end of standard error',
      `{ ${REPLICTL} frobnicate; echo $? >"$FOLDER/code"; } 2>&1 >/dev/null | true; cat "$FOLDER/code"`,
      0,
    ],
    ['standard input that is closed', `${REPLICTL} apply - <&-`, 2],
    ['standard input without end', `yes '# a comment' | ${REPLICTL} apply -`, 2],
    ['standard input that is no UTF-8', `printf 'a: "\\344"' | ${REPLICTL} apply -`, 2],
    ['a device without end', `${REPLICTL} apply /dev/zero`, 2],
    ['an empty environment', `env -i "$NODE" "$MAIN" --server http://127.0.0.1:1 status`, 6],
    ['a folder for a file', `cd "$FOLDER" && ${REPLICTL} apply -f .`, 0],
  ];
  it.each(cases)(
    '%s ends it with a code',
    async (_, script, code) => {
      const ended = await run(script, [], '', { FOLDER: folder });
      expect({ ...ended, stdout: '' }).toMatchObject({ code, signal: null });
      expect(ended.stderr).not.toMatch(/\n\s+at |node:internal|Unhandled/);
    },
    40_000,
  );

  it('ends with 0 at Ctrl-C while it watches', async () => {
    const watching = await startProcess({
      command: process.execPath,
      args: [MAIN, 'cluster', 'topology', 'pg', '--watch'],
      env: servers.environment,
      ready: /pg/,
    });
    watching.signal('SIGINT');
    expect(await watching.exit).toEqual({ code: 0, signal: null });
    expect(watching.stderr()).toBe('');
  }, 40_000);
});
