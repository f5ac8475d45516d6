import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { freePorts } from '@replicante/processes';
import type { ChaosOptions } from '../options.js';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptPostgres } from '@replicante/postgres-server';
import { existsSync } from 'node:fs';
import { type Proxies, startProxies } from '../proxies/proxies.js';
import { until } from '../until.js';
import { ControlServer } from './control-server.js';
import { Installation } from './installation.js';
import { StandaloneProcess } from './standalone-process.js';
import { type Finder, type Victim, findVictim } from './victims.js';

/** Each provision once more, as if it were another. */
function provisionTwice(path: string, headers: IncomingHttpHeaders): IncomingHttpHeaders | undefined {
  if (path !== '/provision') return undefined;
  return { ...headers, 'idempotency-key': randomUUID(), 'replicante-attempt-id': randomUUID() };
}

/** Shorter than the default, so that a freeze can be longer without lasting long. */
const LEASE_MS = 2_000;

/** The suite as processes, with the harness's proxies between them. */
export class World {
  readonly freezeMs = LEASE_MS + 1_000;
  readonly finder: Finder;
  readonly #control: ControlServer;
  #proxied = false;

  private constructor(
    readonly folder: string,
    readonly installation: Installation,
    readonly standalone: StandaloneProcess,
    readonly proxies: Proxies,
    readonly httpPort: number,
  ) {
    this.finder = { installation, standalone: () => standalone.identity };
    this.#control = new ControlServer(installation);
  }

  static async create(options: Pick<ChaosOptions, 'idempotency' | 'plant'>): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
    await chmod(folder, 0o711); // as root the databases run as another user, who has to get through
    const dataDir = join(folder, 'data');
    const installation = new Installation(dataDir);
    const [httpPort, grpcPort, platformPort] = await freePorts(3);
    if (httpPort === undefined || grpcPort === undefined || platformPort === undefined)
      throw new Error('no ports');
    const standalone = new StandaloneProcess({
      ...{ dataDir, httpPort, grpcPort, platformPort, leaseMs: LEASE_MS },
      ...{ idempotency: options.idempotency, logFile: join(folder, 'standalone.log') },
    });
    const proxies = await startProxies({
      ...{ platformPort, commandPort: grpcPort, databasePort: () => installation.controlPort() },
      ...(options.plant === undefined ? {} : { twice: provisionTwice }),
    });
    return new World(folder, installation, standalone, proxies, httpPort);
  }

  async start(): Promise<void> {
    const url = this.#proxied ? await this.installation.controlUrl(this.proxies.ports.database) : undefined;
    // What the kill left half ended may stand in the way of the first tries, as it would in a person's.
    await until('the suite starts again', 180_000, async () => {
      await this.standalone.start(url);
      return true;
    });
  }

  /** From now on the suite uses its own database through the proxy, as a server that others keep running. */
  async proxyTheDatabase(): Promise<void> {
    const running = await findVictim(this.finder, 'standalone');
    if (running) process.kill(running.main.pid, 'SIGKILL');
    this.#control.keep();
    this.#proxied = true;
    await until('the suite is gone', 10_000, () => !this.standalone.isRunning());
    await this.start();
  }

  /** Waits until what was killed runs again: the suite's supervisors bring it back, the harness only the suite itself. */
  async heal(victim: Victim, withinMs: number): Promise<void> {
    if (victim.process === 'standalone') return this.start();
    if (withinMs === 0) return;
    await until(`${victim.what} runs again`, withinMs, async () => {
      const found = await findVictim(this.finder, victim.process, victim.node);
      return found !== undefined && found.main.pid !== victim.main.pid;
    });
  }

  /** What a node's data directory says that it is. */
  async roleOf(node: string): Promise<'primary' | 'standby'> {
    const found = (await this.installation.nodes()).find(n => n.nodeId === node);
    return found && existsSync(join(found.dataDir, 'standby.signal')) ? 'standby' : 'primary';
  }

  async stop(keepData: boolean): Promise<void> {
    await this.standalone.stop();
    await this.#control.release();
    await this.proxies.close();
    // A suite that was told to use a database of others leaves it running.
    const left = await adoptPostgres({
      dataDir: this.installation.controlData,
      logFile: join(this.installation.logs, 'control-postgres.log'),
    });
    await left?.stop();
    if (keepData) return;
    await this.standalone.destroy();
    await rm(this.folder, { recursive: true, force: true });
  }
}
