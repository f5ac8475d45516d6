import { Crossings } from './crossings.js';
import { type AnsweredCall, type GrpcTarget, startGrpcProxy } from './grpc-proxy.js';
import type { ServerName } from '../world/adapters.js';
import { type HttpProxyOptions, type Proxy, type SentRequest, startHttpProxy } from './http-proxy.js';
import { startTcpProxy } from './tcp-proxy.js';

/** The harness between all parts: platform, agents, commands, workers' calls, databases, servers. */
export interface Proxies {
  readonly crossings: Crossings;
  /** Every request with an effect, as it was sent. */
  readonly sent: readonly SentRequest[];
  /** Workers' calls to `command` that were answered. */
  readonly answered: readonly AnsweredCall[];
  readonly ports: {
    readonly platform: number;
    readonly command: number;
    /** For each process of `command`; none where workers are not apart. */
    readonly control: readonly number[];
    readonly database: number;
    readonly servers: ReadonlyMap<ServerName, number>;
  };
  close(): Promise<void>;
}

interface Discovered {
  readonly clusters: readonly {
    readonly nodes: readonly { readonly node_id: string; readonly agent_address: string }[];
  }[];
}

export async function startProxies(options: {
  readonly platformPort: number;
  readonly command: () => GrpcTarget;
  /** Of each process of `command` alone, as workers know them. */
  readonly control: readonly (() => GrpcTarget)[];
  readonly serverPorts: ReadonlyMap<ServerName, number>;
  readonly databasePort: () => Promise<number>;
  readonly twice?: NonNullable<HttpProxyOptions['twice']>;
}): Promise<Proxies> {
  const crossings = new Crossings();
  const sent: SentRequest[] = [];
  const record = (request: SentRequest): void => void sent.push(request);
  const agents = new Map<string, Promise<Proxy>>();

  /** One proxy per agent for the whole run: its address is what the suite records. */
  const agentProxy = (node: string, address: string): Promise<Proxy> => {
    const key = `${node} ${address}`;
    const port = Number(new URL(address).port);
    const proxy =
      agents.get(key) ?? startHttpProxy({ link: 'agent', node, target: () => port, crossings, record });
    agents.set(key, proxy);
    return proxy;
  };
  const rewrite = async (path: string, body: Buffer): Promise<Buffer> => {
    if (path !== '/discover') return body;
    const answer = JSON.parse(body.toString('utf8')) as Discovered;
    const clusters = await Promise.all(
      answer.clusters.map(async cluster => ({
        ...cluster,
        nodes: await Promise.all(
          cluster.nodes.map(async node => {
            const { port } = await agentProxy(node.node_id, node.agent_address);
            return { ...node, agent_address: `http://127.0.0.1:${port}` };
          }),
        ),
      })),
    );
    return Buffer.from(JSON.stringify({ ...answer, clusters }));
  };
  const platform = await startHttpProxy({
    ...{ link: 'platform', target: () => options.platformPort, crossings, record, rewrite },
    ...(options.twice ? { twice: options.twice } : {}),
  });
  const command = await startGrpcProxy({ link: 'command', target: options.command, crossings });
  const answered: AnsweredCall[] = [];
  const control = await Promise.all(
    options.control.map(target =>
      startGrpcProxy({ link: 'control', target, crossings, record: call => void answered.push(call) }),
    ),
  );
  const database = await startTcpProxy({ link: 'database', target: options.databasePort, crossings });
  const servers = new Map<ServerName, Proxy>();
  for (const [name, port] of options.serverPorts)
    servers.set(name, await startTcpProxy({ link: name, target: () => port, crossings }));
  return {
    crossings,
    sent,
    answered,
    ports: {
      ...{ platform: platform.port, command: command.port, database: database.port },
      control: control.map(proxy => proxy.port),
      servers: new Map([...servers].map(([name, proxy]) => [name, proxy.port])),
    },
    close: async () => {
      const links = [platform, command, ...control, database, ...servers.values()];
      const all = [...links, ...(await Promise.all(agents.values()))];
      await Promise.all(all.map(proxy => proxy.close()));
    },
  };
}
