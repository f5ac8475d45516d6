import { spawn } from 'node:child_process';
import {
  type ExitStatus,
  exitWithin,
  freeze,
  identify,
  isAlive,
  messageOf,
  sendSignal,
} from '@replicante/processes';
import { eventually } from './eventually.js';
import { watchdog } from './watchdog.js';

export interface TestProcessOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ready when the output matches, or when the probe answers something (see `eventually`). */
  readonly ready?: RegExp | ((process: TestProcess) => unknown);
  /** Default 30 s. */
  readonly readyWithin?: number;
}

/** A process under test, killed with its group when the test run ends in any way. */
export interface TestProcess {
  readonly pid: number;
  readonly exit: Promise<ExitStatus>;
  isRunning(): boolean;
  /** Everything written so far, both streams as they came. */
  output(): string;
  stdout(): string;
  stderr(): string;
  write(input: string): void;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL; waits for the end. */
  kill(): Promise<ExitStatus>;
  /** SIGTERM, then SIGKILL after `graceMs` (10 s). */
  stop(graceMs?: number): Promise<ExitStatus>;
  freeze(): void;
  thaw(): void;
}

/** Starts a process and waits until it is ready; one that ends before is an error with its output. */
export async function startProcess(options: TestProcessOptions): Promise<TestProcess> {
  const child = spawn(options.command, options.args ?? [], {
    detached: true,
    stdio: 'pipe',
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  const exit = new Promise<ExitStatus>((done, failed) => {
    child.once('exit', (code, signal) => done({ code, signal }));
    child.once('error', failed);
  });
  if (!identity) {
    await exit;
    throw new Error(`${options.command} could not be started`);
  }
  const dog = watchdog('kill -KILL -- "-$1"', String(identity.pid));
  void exit.finally(() => dog.dismiss());
  const chunks: { readonly stream: 'stdout' | 'stderr'; readonly text: string }[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => chunks.push({ stream, text }));
  }
  child.stdin.on('error', () => undefined); // the process closed its input: its own choice
  const text = (stream?: string) =>
    chunks.flatMap(chunk => (stream === undefined || chunk.stream === stream ? [chunk.text] : [])).join('');
  const running: TestProcess = {
    pid: identity.pid,
    exit,
    isRunning: () => isAlive(identity),
    output: () => text(),
    stdout: () => text('stdout'),
    stderr: () => text('stderr'),
    write: input => void child.stdin.write(input),
    signal: signal => void sendSignal(identity, signal),
    kill: async () => {
      sendSignal(identity, 'SIGKILL', { group: true });
      return exit;
    },
    stop: async (graceMs = 10_000) => {
      sendSignal(identity, 'SIGTERM');
      if (!(await exitWithin(identity, graceMs))) sendSignal(identity, 'SIGKILL', { group: true });
      return exit;
    },
    freeze: () => void freeze(identity, { group: true }),
    thaw: () => void sendSignal(identity, 'SIGCONT', { group: true }),
  };
  await untilReady(running, options);
  return running;
}

async function untilReady(running: TestProcess, options: TestProcessOptions): Promise<void> {
  const { ready } = options;
  if (ready === undefined) return;
  const what = `${[options.command, ...(options.args ?? [])].join(' ')} ready`;
  try {
    await eventually(
      async () => {
        if (ready instanceof RegExp && ready.test(running.output())) return 'ready';
        if (!running.isRunning()) return 'ended';
        return ready instanceof RegExp ? false : await ready(running);
      },
      { within: options.readyWithin ?? 30_000, every: 30, what },
    );
    if (!running.isRunning() && !(ready instanceof RegExp && ready.test(running.output()))) {
      const { code, signal } = await running.exit;
      throw new Error(`${what}: it ended with ${signal ?? code}`);
    }
  } catch (error) {
    await running.kill();
    throw new Error(`${messageOf(error)}\n--- output\n${running.output()}`, {
      cause: error,
    });
  }
}
