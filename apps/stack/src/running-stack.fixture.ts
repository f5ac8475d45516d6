import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts, isAlive, isProcessIdentity } from '@replicante/processes';
import { type TestProcess, eventually, startProcess } from '@replicante/testing';

export const ROOT = resolve(import.meta.dirname, '../../..');
const MAIN = join(ROOT, 'dist/apps/stack/src/main.js');
const REPLICTL = join(ROOT, 'dist/apps/replictl/src/main.js');

/** A line of `processes.json`. */
export interface RollLine {
  readonly name: string;
  readonly address: string;
  readonly serves?: string;
  readonly log: string;
  readonly identity: unknown;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const running = (lines: readonly RollLine[]): readonly RollLine[] =>
  lines.filter(({ identity }) => isProcessIdentity(identity) && isAlive(identity));

/** The stack as a user starts it, on a data directory of its own. */
export class RunningStack {
  #process: TestProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly ports: readonly number[],
  ) {}

  static async start(): Promise<RunningStack> {
    const folder = await mkdtemp(join(tmpdir(), 'stack-'));
    // As root the databases run as another user, who has to get through.
    await chmod(folder, 0o711);
    const stack = new RunningStack(folder, await freePorts(3));
    await stack.start();
    return stack;
  }

  get process(): TestProcess {
    if (this.#process === undefined) throw new Error('the stack is not started');
    return this.#process;
  }

  async start(): Promise<void> {
    const [http, grpc, platform] = this.ports;
    this.#process = await startProcess({
      command: process.execPath,
      args: [
        ...[MAIN, '--data-dir', join(this.folder, 'data'), '--plain', '--http-port', String(http)],
        ...['--grpc-port', String(grpc), '--platform-port', String(platform)],
      ],
      ready: /it stays up; Ctrl-C stops everything/,
      readyWithin: 180_000,
    });
  }

  async destroy(): Promise<void> {
    await this.#process?.stop(60_000);
    const destroyed = await startProcess({
      command: process.execPath,
      args: [MAIN, '--data-dir', join(this.folder, 'data'), '--destroy'],
    });
    await destroyed.exit;
    await rm(this.folder, { recursive: true, force: true });
  }

  async replictl(...args: readonly string[]): Promise<Ran> {
    const [http, grpc] = this.ports;
    const servers = ['--server', `http://127.0.0.1:${http}`, '--grpc', `127.0.0.1:${grpc}`];
    const child = await startProcess({ command: process.execPath, args: [REPLICTL, ...servers, ...args] });
    const { code } = await child.exit;
    return { code, stdout: child.stdout(), stderr: child.stderr() };
  }

  async apply(manifest: object): Promise<void> {
    const file = join(this.folder, 'manifest.yaml');
    await writeFile(file, JSON.stringify(manifest));
    const { code, stderr } = await this.replictl('apply', '-f', file);
    if (code !== 0) throw new Error(`it was not applied: ${stderr}`);
  }

  /** Who is who now. */
  async roll(): Promise<readonly RollLine[]> {
    return JSON.parse(
      await readFile(join(this.folder, 'data/processes.json'), 'utf8'),
    ) as readonly RollLine[];
  }

  async member(name: string): Promise<RollLine> {
    const found = (await this.roll()).find(line => line.name === name);
    if (!found) throw new Error(`no ${name} in processes.json`);
    return found;
  }

  /** Where clients reach a service: of each of its processes. */
  async doors(service: 'command' | 'query'): Promise<readonly string[]> {
    return (await this.roll()).flatMap(({ name, serves = [] }) => (name.startsWith(service) ? serves : []));
  }

  /** As a supervisor does to put a new version in its place: asked to end, then waits for the next and its /readyz. */
  async renew(name: string): Promise<void> {
    const before = await this.member(name);
    if (!isProcessIdentity(before.identity)) throw new Error(`${name} has no process`);
    process.kill(before.identity.pid, 'SIGTERM');
    await eventually(() => running([before]).length === 0, { within: 30_000, what: `the end of ${name}` });
    await eventually(async () => running([await this.member(name)]).length === 1, {
      within: 30_000,
      what: `the next ${name}`,
    });
    await this.untilReady(name);
  }

  async untilReady(name: string): Promise<void> {
    const { address } = await this.member(name);
    await eventually(async () => (await fetch(`${address}/readyz`)).ok, {
      within: 60_000,
      what: `${name} is ready`,
    });
  }
}
