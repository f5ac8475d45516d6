import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptPostgres } from '@replicante/postgres-server';
import { freePorts, sendSignal } from '@replicante/processes';
import { type ClockOffsets, OFFSETS_VARIABLE } from '../clocks/offsets.js';
import type { Fault } from '../faults/plan.js';
import type { ChaosOptions } from '../options.js';
import { type Proxies, startProxies } from '../proxies/proxies.js';
import { until } from '../until.js';
import { type Adapters, type ServerName, serversOf } from './adapters.js';
import { ControlServer } from './control-server.js';
import { Fleet } from './fleet.js';
import { freezeMsOf } from './freeze-length.js';
import { Installation } from './installation.js';
import { provisionTwice } from './plants.js';
import { enrolled, isReady } from './roll.js';
import { Servers, obtainServers, serverPorts } from './servers.js';
import { type ServiceName, type Shape, shapeOf } from './shape.js';
import { commandTargets } from './command-targets.js';
import { SuiteProcess } from './suite-process.js';
import { type Finder, type Victim, findVictim } from './victims.js';

/** Shorter than the default, so that a freeze can be longer without lasting long; Consul takes no less. */
const leaseMsOf = ({ COORDINATOR }: Adapters): number => (COORDINATOR === 'consul' ? 10_000 : 2_000);

/** Recovery as the issue asks for it: a killed worker or leader costs at most so long (issue 6, "How well"). */
const CYCLE_BOUND_MS = { postgres: 15_000, consul: 35_000 } as const;

const RESTARTED_WITHIN_MS = 60_000;

interface Parts {
  readonly options: ChaosOptions;
  readonly clocks: ClockOffsets;
  readonly folder: string;
  readonly installation: Installation;
  readonly launcher: SuiteProcess;
  readonly servers: Servers;
  readonly ports: ReadonlyMap<ServerName, number>;
  readonly proxies: Proxies;
  readonly httpPort: number;
  readonly fleet: Fleet | undefined;
}

/** The suite as processes, with the harness's proxies between them. */
export class World {
  readonly shape: Shape;
  readonly finder: Finder;
  readonly #control: ControlServer;
  #proxied = false;

  private constructor(private readonly parts: Parts) {
    const { options, installation, launcher, servers } = parts;
    this.shape = shapeOf(options);
    this.finder = { installation, launcher: () => launcher.identity, servers };
    this.#control = new ControlServer(installation);
  }

  get folder(): string {
    return this.parts.folder;
  }
  get installation(): Installation {
    return this.parts.installation;
  }
  get proxies(): Proxies {
    return this.parts.proxies;
  }
  get httpPort(): number {
    return this.parts.httpPort;
  }
  get adapters(): Adapters {
    return this.parts.options.adapters;
  }

  /** Undefined: the run has none. */
  get fleet(): Fleet | undefined {
    return this.parts.fleet;
  }

  get clocks(): ClockOffsets {
    return this.parts.clocks;
  }

  /** Of a server itself, past its proxy; Kafka leads its clients back to the proxy. */
  addressOf(server: ServerName): string {
    return `127.0.0.1:${this.parts.ports.get(server) ?? 0}`;
  }

  static async create(
    options: ChaosOptions,
    clocks: ClockOffsets,
    say: (line: string) => void,
  ): Promise<World> {
    const { suite, adapters } = options;
    const names = suite === 'stack' ? serversOf(adapters) : [];
    await obtainServers(names, say);
    const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
    await chmod(folder, 0o711); // as root the databases run as another user, who has to get through
    const dataDir = join(folder, 'data');
    const installation = new Installation(dataDir);
    const [httpPort, grpcPort, platformPort] = await freePorts(3);
    if (httpPort === undefined || grpcPort === undefined || platformPort === undefined)
      throw new Error('no ports');
    const ports = await serverPorts(names);
    const proxies = await startProxies({
      ...{ platformPort, databasePort: () => installation.controlPort(), serverPorts: ports },
      ...commandTargets(suite, dataDir, grpcPort),
      ...(options.plant === undefined ? {} : { twice: provisionTwice }),
    });
    const launcher = new SuiteProcess({
      ...{ suite, dataDir, httpPort, grpcPort, platformPort, leaseMs: leaseMsOf(adapters) },
      ...{ idempotency: options.idempotency, logFile: join(folder, `${suite}.log`) },
      environment: suite === 'stack' ? { ...environmentOf(adapters, proxies), ...shifted(clocks) } : {},
    });
    const servers = new Servers(join(folder, 'servers'));
    const fleet = options.fleet > 0 ? await Fleet.start(options.fleet, options.seed) : undefined;
    return new World({
      ...{ options, clocks, folder, installation, launcher, servers, ports, proxies, httpPort, fleet },
    });
  }

  /** The servers first, once; then the suite. */
  async startAll(): Promise<void> {
    const { servers, ports, proxies } = this.parts;
    await servers.start(
      new Map([...ports].map(([name, own]) => [name, { own, proxy: proxies.ports.servers.get(name) ?? 0 }])),
    );
    await this.start();
  }

  async start(): Promise<void> {
    const url = this.#proxied ? await this.installation.controlUrl(this.proxies.ports.database) : undefined;
    // What the kill left half ended may stand in the way of the first tries, as it would in a person's.
    await until('the suite starts again', 240_000, async () => {
      await this.parts.launcher.start(url);
      return true;
    });
  }

  async startIfDown(): Promise<void> {
    if (!this.parts.launcher.isRunning()) await this.start();
  }

  /** From now on the suite uses its own database through the proxy, as a server that others keep running. */
  async proxyTheDatabase(): Promise<void> {
    const { launcher, options } = this.parts;
    const running = await findVictim(this.finder, options.suite);
    if (running) process.kill(running.main.pid, 'SIGKILL');
    this.#control.keep();
    this.#proxied = true;
    await until('the suite is gone', 10_000, () => !launcher.isRunning());
    await this.start();
  }

  get cycleBoundMs(): number {
    return CYCLE_BOUND_MS[this.adapters.COORDINATOR];
  }

  /** What workers submitted and `command` took. Undefined: workers are not apart, and no proxy sees it. */
  cyclesCompletedAt(): readonly number[] | undefined {
    const { answered, ports } = this.proxies;
    if (ports.control.length === 0) return undefined;
    return answered
      .filter(({ path, ok, ofCluster }) => ok && ofCluster && path.endsWith('/SubmitObservation'))
      .map(({ at }) => at);
  }

  /** Waits for a cycle after `since`, so that the next fault does not hide what this one costs; answers how long it took. */
  async cycled(since: number): Promise<number> {
    if (this.cyclesCompletedAt() === undefined) return 0;
    const found = await until('a cycle', this.cycleBoundMs + 5_000, () =>
      this.cyclesCompletedAt()?.find(at => at > since),
    ).catch(() => Date.now()); // longer than the bound: the proof says so
    return found - since;
  }

  /** How long a fault of this kind stands in the way. */
  freezeMs(fault: Fault): number {
    const { suite, adapters } = this.parts.options;
    return freezeMsOf(fault, leaseMsOf(adapters), suite);
  }

  isLauncher({ process }: Victim): boolean {
    return process === 'standalone' || process === 'stack';
  }

  /** Waits until what was killed runs again: the suite's supervisors bring it back, the harness only the suite itself. */
  async heal(victim: Victim, withinMs: number): Promise<void> {
    if (this.isLauncher(victim)) return this.start();
    await until(`${victim.what} runs again`, withinMs, async () => {
      const found = await findVictim(this.finder, victim.process, victim.which);
      const failure = this.parts.servers.failureOf(victim.process);
      if (!found && failure !== undefined) throw new Error(failure);
      return found !== undefined && found.main.pid !== victim.main.pid;
    });
  }

  /** Each process of a service is ended in order, one after another, as at a deployment: its supervisor brings it back. */
  async restartInOrder(service: ServiceName): Promise<void> {
    const { root } = this.installation;
    for (const { name, identity } of enrolled(root, service)) {
      sendSignal(identity, 'SIGTERM');
      await until(`${name} is ready again`, RESTARTED_WITHIN_MS, async () => {
        const next = enrolled(root, service).find(now => now.name === name);
        return next !== undefined && next.identity.pid !== identity.pid && isReady(next);
      });
    }
  }

  /** What a node's data directory says that it is. */
  async roleOf(node: string): Promise<'primary' | 'standby'> {
    const found = (await this.installation.nodes()).find(n => n.nodeId === node);
    return found && existsSync(join(found.dataDir, 'standby.signal')) ? 'standby' : 'primary';
  }

  async stop(keepData: boolean): Promise<void> {
    const { launcher, servers, proxies, folder } = this.parts;
    await launcher.stop();
    await this.#control.release();
    await servers.stop();
    await proxies.close();
    await this.fleet?.stop();
    // A suite that was told to use a database of others leaves it running.
    const left = await adoptPostgres({
      dataDir: this.installation.controlData,
      logFile: join(this.installation.logs, 'control-postgres.log'),
    });
    await left?.stop();
    if (keepData) return;
    await launcher.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

const SHIFTED_CLOCK = new URL('../clocks/shifted-clock.js', import.meta.url).href;

/** Inherited by all that the launcher starts; only members that have an offset are changed by it. */
const shifted = (clocks: ClockOffsets): Readonly<Record<string, string>> =>
  Object.keys(clocks).length === 0
    ? {}
    : { NODE_OPTIONS: `--import ${SHIFTED_CLOCK}`, [OFFSETS_VARIABLE]: JSON.stringify(clocks) };

/** Every address that the stack is given is a proxy's. */
function environmentOf(adapters: Adapters, { ports }: Proxies): Readonly<Record<string, string>> {
  const address = (port: number): string => `127.0.0.1:${port}`;
  const setting: Readonly<Record<ServerName, (port: number) => readonly [string, string]>> = {
    kafka: port => ['KAFKA_BROKERS', address(port)],
    consul: port => ['CONSUL_HTTP_ADDR', address(port)],
    eventstoredb: port => ['EVENTSTOREDB_URL', `esdb://${address(port)}?tls=false`],
  };
  return {
    ...adapters,
    COMMAND_ADDRESS: ports.control.map(address).join(','),
    ...Object.fromEntries([...ports.servers].map(([name, port]) => setting[name](port))),
  };
}
