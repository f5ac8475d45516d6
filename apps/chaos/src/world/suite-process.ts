import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ProcessIdentity,
  exitWithin,
  isAlive,
  runToEnd,
  sendSignal,
  spawnDetached,
} from '@replicante/processes';
import { until } from '../until.js';

const main = (app: string): string => fileURLToPath(new URL(`../../../${app}/src/main.js`, import.meta.url));

/** Of a stack: what an earlier launcher left is ended first, and a frozen or killed server is waited for. */
const UP_WITHIN_MS = 120_000;

/** What is started: everything in one process, or each service as processes of its own. */
export const SUITES = {
  standalone: { main: main('standalone'), up: /Replicante is up in/ },
  stack: { main: main('stack'), up: /every service is ready after/ },
} as const;
export type SuiteName = keyof typeof SUITES;

export interface SuiteSettings {
  readonly suite: SuiteName;
  readonly dataDir: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly platformPort: number;
  readonly idempotency: boolean;
  readonly leaseMs: number;
  readonly logFile: string;
  /** Which adapters, and where their servers are. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The built suite as its launcher's process: its manifests are applied by the harness, so that the platform's address is a proxy's. */
export class SuiteProcess {
  #identity: ProcessIdentity | undefined;

  constructor(private readonly settings: SuiteSettings) {}

  get identity(): ProcessIdentity | undefined {
    return this.#identity;
  }

  isRunning(): boolean {
    return this.#identity !== undefined && isAlive(this.#identity);
  }

  /** Answers when it says that it is up; throws with the end of its output when it ended before. */
  async start(databaseUrl?: string): Promise<void> {
    const { settings } = this;
    const { main, up } = SUITES[settings.suite];
    await mkdir(join(settings.logFile, '..'), { recursive: true });
    const before = await sizeOf(settings.logFile);
    const { identity } = await spawnDetached({
      command: process.execPath,
      args: [
        main,
        ...['--data-dir', settings.dataDir, '--empty', '--plain', '--restart-delay-ms', '300'],
        ...['--http-port', String(settings.httpPort), '--grpc-port', String(settings.grpcPort)],
        ...['--platform-port', String(settings.platformPort)],
        ...(settings.idempotency ? [] : ['--no-idempotency']),
        ...(databaseUrl === undefined ? [] : ['--database-url', databaseUrl]),
      ],
      env: { ...process.env, ...settings.environment, LEASE_TTL_MS: String(settings.leaseMs) },
      logFile: settings.logFile,
    });
    this.#identity = identity;
    const said = async (): Promise<string> => (await readFile(settings.logFile, 'utf8')).slice(before);
    const state = await until('the suite is up', UP_WITHIN_MS, async () => {
      const output = await said();
      return up.test(output) ? 'up' : !isAlive(identity) && { ended: output };
    });
    if (state !== 'up') throw new Error(`the suite ended while starting:\n${state.ended.slice(-2_000)}`);
  }

  /** Ends it in order, with everything that it started. */
  async stop(): Promise<void> {
    if (
      this.#identity &&
      sendSignal(this.#identity, 'SIGTERM') &&
      !(await exitWithin(this.#identity, 60_000))
    )
      sendSignal(this.#identity, 'SIGKILL');
  }

  /** Ends whatever its data directory started; with `remove` its data too. */
  async destroy(): Promise<void> {
    await runToEnd({
      command: process.execPath,
      args: [SUITES[this.settings.suite].main, '--data-dir', this.settings.dataDir, '--destroy'],
      timeoutMs: 120_000,
    });
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0, // not written yet
  );
