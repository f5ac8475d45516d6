import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, runToEnd } from '@replicante/processes';
import { obtained, type Say } from './obtained.js';
import { startServer, type StartedServer } from './server-process.js';
import { needs, recipe } from './tools.js';

/** The path of the `consul` program, built on the first call of a machine: about four minutes. */
export const obtainConsul = async (say: Say = () => undefined): Promise<string> => {
  const [mod, sum] = [recipe('consul/go.mod'), recipe('consul/go.sum')];
  const directory = await obtained(
    {
      name: 'consul-1.19.2',
      files: [mod, sum],
      check: async () => {
        await needs('go', ['version'], 'Consul is built by Go');
      },
      make: async made => {
        await cp(mod, join(made, 'go.mod'));
        await cp(sum, join(made, 'go.sum'));
        await runToEnd({
          command: 'go',
          args: ['build', '-trimpath', '-ldflags', '-s -w', '-o', 'consul', 'github.com/hashicorp/consul'],
          cwd: made,
          timeoutMs: 1_800_000,
        });
      },
    },
    say,
  );
  return join(directory, 'consul');
};

export interface ConsulOptions {
  /** Made if missing; holds data and log. */
  readonly directory: string;
  readonly port?: number;
}

async function leads(address: string): Promise<boolean> {
  const answer = await fetch(`http://${address}/v1/status/leader`, { signal: AbortSignal.timeout(1_000) });
  return answer.ok && ((await answer.json()) as string) !== '';
}

/** One server on the loopback that keeps its data over a restart; under a second to a leader, 120 MB. */
export async function startConsul(options: ConsulOptions): Promise<StartedServer> {
  const program = await obtainConsul();
  const { directory } = options;
  const [free = 0, serverPort = 0, serfPort = 0] = await freePorts(3);
  const port = options.port ?? free;
  await mkdir(directory, { recursive: true });
  const address = `127.0.0.1:${port}`;
  return startServer({
    name: 'Consul',
    command: program,
    args: [
      'agent',
      '-server',
      '-bootstrap-expect=1',
      '-node=replicante',
      `-data-dir=${join(directory, 'data')}`,
      '-bind=127.0.0.1',
      '-client=127.0.0.1',
      `-http-port=${port}`,
      `-server-port=${serverPort}`,
      `-serf-lan-port=${serfPort}`,
      ...['serf-wan', 'dns', 'grpc', 'grpc-tls'].map(name => `-${name}-port=-1`),
      // Tests and small installations on one host: a leader at once, not after the timings of a wide network.
      '-hcl=performance { raft_multiplier = 1 }',
      '-disable-host-node-id',
      '-log-level=warn',
    ],
    cwd: directory,
    logFile: join(directory, 'consul.log'),
    address,
    ready: () => leads(address),
    readyWithinMs: 30_000,
  });
}
