import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts, runToEnd } from '@replicante/processes';
import { type TestProcess, eventually, startProcess } from '@replicante/testing';

const ROOT = resolve(import.meta.dirname, '../../..');
const MAIN = join(ROOT, 'dist/apps/standalone/src/main.js');
export const REPLICTL = join(ROOT, 'dist/apps/replictl/src/main.js');

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ClusterEvent {
  readonly id: string;
  readonly type: string;
  readonly revision: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly causationId: string | null;
}

export interface NodeRow {
  readonly nodeId: string;
  readonly status: string;
  readonly role: string | null;
  readonly error: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The suite as a user has it: `npm start` as a process, and `replictl` and GraphQL beside it. */
export class Suite {
  private process: TestProcess | undefined;
  private readonly outputs: string[] = [];

  private constructor(
    readonly dataDir: string,
    readonly http: number,
    readonly grpc: number,
    readonly platform: number,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** `environment` is added to that of the suite's process. */
  static async create(environment: Readonly<Record<string, string>> = {}): Promise<Suite> {
    const [http, grpc, platform] = await freePorts(3);
    if (http === undefined || grpc === undefined || platform === undefined) throw new Error('no free ports');
    const folder = await mkdtemp(join(tmpdir(), 'suite-'));
    // As root the databases run as another user, who has to get through.
    await chmod(folder, 0o711);
    return new Suite(folder, http, grpc, platform, environment);
  }

  get dataFolder(): string {
    return join(this.dataDir, 'data');
  }

  get url(): string {
    return `http://127.0.0.1:${this.http}`;
  }

  /** Those of the files that anybody but their owner may read. */
  async openToOthers(files: readonly string[]): Promise<readonly string[]> {
    const modes = await Promise.all(files.map(async file => ({ file, mode: (await stat(file)).mode })));
    return modes.filter(({ mode }) => (mode & 0o077) !== 0).map(({ file }) => file);
  }

  async start(...args: readonly string[]): Promise<TestProcess> {
    this.process = await startProcess({
      command: process.execPath,
      args: [
        MAIN,
        ...['--data-dir', this.dataFolder, '--plain'],
        ...['--http-port', String(this.http), '--grpc-port', String(this.grpc)],
        ...['--platform-port', String(this.platform)],
        ...args,
      ],
      cwd: ROOT,
      env: this.environment,
      ready: /Replicante is up in/,
      readyWithin: 60_000,
    });
    return this.process;
  }

  get running(): TestProcess {
    if (!this.process) throw new Error('the suite was not started');
    return this.process;
  }

  output(): string {
    return [...this.outputs, this.process?.output() ?? ''].join('\n');
  }

  /** SIGKILL to the suite's process alone: its database, platform and nodes go on. */
  async kill(): Promise<void> {
    this.outputs.push(this.running.output());
    await this.running.kill();
  }

  /** Ends everything that the data directory started, and removes it. */
  async destroy(): Promise<void> {
    await this.process?.stop(60_000);
    await runToEnd({
      command: process.execPath,
      args: [MAIN, '--data-dir', this.dataFolder, '--destroy'],
      timeoutMs: 60_000,
    });
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async replictl(...args: readonly string[]): Promise<CommandResult> {
    const child = await startProcess({
      command: process.execPath,
      args: [REPLICTL, ...['--server', this.url, '--grpc', `127.0.0.1:${this.grpc}`], ...args],
    });
    const { code } = await child.exit;
    return { code, stdout: child.stdout(), stderr: child.stderr() };
  }

  async graphql<T>(query: string, variables: object = {}): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as { data?: T; errors?: readonly { readonly message: string }[] };
    if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors ?? answer));
    return answer.data;
  }

  async converged(within = 120_000): Promise<void> {
    await eventually(() => this.isConverged(), { within, every: 250, what: `converged\n${this.output()}` });
  }

  async isConverged(): Promise<boolean> {
    const { cluster } = await this.graphql<{ cluster: { convergence: { converged: boolean } } | null }>(
      'query { cluster(nsId: "default", clusterId: "pg") { convergence { converged } } }',
    );
    return cluster?.convergence.converged === true;
  }

  async nodes(): Promise<ReadonlyMap<string, NodeRow>> {
    const { nodes } = await this.graphql<{
      nodes: {
        nodes: readonly (Omit<NodeRow, 'role'> & {
          shards: { nodes: readonly { role: string; fresh: boolean }[] };
        })[];
      };
    }>(
      `query { nodes(nsId: "default", clusterId: "pg") { nodes {
         nodeId status error attributes shards(first: 5) { nodes { role fresh } } } } }`,
    );
    return new Map(
      nodes.nodes.map(({ shards, ...node }) => [
        node.nodeId,
        { ...node, role: shards.nodes.find(s => s.fresh)?.role ?? null },
      ]),
    );
  }

  /** Every event of the cluster's stream, in order. */
  async events(): Promise<readonly ClusterEvent[]> {
    const found: ClusterEvent[] = [];
    for (let after: string | null = null; ;) {
      const page: {
        events: { nodes: readonly ClusterEvent[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      } = await this.graphql(
        `query ($after: String) { events(filter: { nsId: "default", clusterId: "pg" }, first: 200, after: $after) {
             nodes { id type revision data causationId } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      found.push(...page.events.nodes);
      if (!page.events.pageInfo.hasNextPage) return found;
      after = page.events.pageInfo.endCursor;
    }
  }

  async count(type: string, holds: (data: ClusterEvent['data']) => boolean = () => true): Promise<number> {
    const events = await this.events();
    return events.filter(e => e.type === `cluster.${type}.v1` && holds(e.data)).length;
  }

  /** Reason of the latest decision of a rule. */
  async reason(rule: string): Promise<string | undefined> {
    const { decisions } = await this.graphql<{
      decisions: { nodes: readonly { rule: string; reason: string }[] };
    }>('query { decisions(nsId: "default", clusterId: "pg", first: 100) { nodes { rule reason } } }');
    return decisions.nodes.find(d => d.rule === rule)?.reason;
  }

  get platformDir(): string {
    return join(this.dataFolder, 'platform');
  }

  nodeDir(nodeId: string): string {
    return join(this.platformDir, 'nodes', 'pg', nodeId);
  }

  /** Node directories on disk, whatever the records say. */
  async nodeDirectories(): Promise<readonly string[]> {
    const names = await readdir(join(this.platformDir, 'nodes', 'pg'));
    return names.filter(name => /^pg-\d+$/.test(name)).sort();
  }

  /** Pid of the postmaster of a data directory. */
  async postmaster(dataDir: string): Promise<number> {
    return Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  }

  async agentPid(nodeId: string): Promise<number> {
    const file: unknown = JSON.parse(await readFile(join(this.nodeDir(nodeId), 'agent.pid'), 'utf8'));
    if (typeof file === 'object' && file !== null && 'pid' in file && typeof file.pid === 'number')
      return file.pid;
    throw new Error(`no pid of the agent of ${nodeId}`);
  }

  async platformPid(): Promise<number> {
    const names = (await readdir(this.platformDir)).filter(n => n.startsWith('owner-')).sort();
    const file: unknown = JSON.parse(await readFile(join(this.platformDir, names.at(-1) ?? ''), 'utf8'));
    if (typeof file === 'object' && file !== null && 'pid' in file && typeof file.pid === 'number')
      return file.pid;
    throw new Error('no pid of the platform');
  }

  /** What the platform carried out, from its own log. */
  async platformCalls(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const text = await readFile(join(this.platformDir, 'calls.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }
}

export const uuid = (): string => randomUUID();
