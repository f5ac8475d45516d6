import { fileURLToPath } from 'node:url';
import { freePorts } from '@replicante/processes';
import type { ServiceName } from '@replicante/service';

/** One process of the stack's services. */
export interface Member {
  /** `worker-2`; its `INSTANCE_NAME` as well. */
  readonly name: string;
  readonly service: ServiceName;
  readonly main: string;
  /** Settings of its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it answers /livez, /readyz and /metrics. */
  readonly probes: string;
  /** Where clients reach it: the gRPC address of `command`, the URL of `query`. */
  readonly serves?: string;
}

/** Two of each, so that each can be lost; three workers, so that what one held is shared out. */
const COPIES: readonly (readonly [ServiceName, number])[] = [
  ['command', 2],
  ['projection', 2],
  ['query', 2],
  ['scheduler', 2],
  ['worker', 3],
];

export interface Doors {
  readonly httpPort: number;
  readonly grpcPort: number;
}

/** The first `command` and `query` listen where clients expect them, all others on free ports. */
export async function planMembers(
  { httpPort, grpcPort }: Doors,
  /** What workers are told instead: of balancers before the `command` services. */
  commandAddress = process.env['COMMAND_ADDRESS'],
): Promise<readonly Member[]> {
  const processes = COPIES.flatMap(([service, copies]) =>
    Array.from({ length: copies }, (_, i) => ({ service, name: `${service}-${i + 1}`, first: i === 0 })),
  );
  const free = await freePorts(processes.length + 2);
  const port = (index: number): number => {
    const found = free[index];
    if (found === undefined) throw new Error('the machine has no free port left');
    return found;
  };
  const ports = { first: { http: httpPort, grpc: grpcPort }, more: { http: port(0), grpc: port(1) } };
  const commands = [ports.first.grpc, ports.more.grpc].map(grpc => `127.0.0.1:${grpc}`).join(',');
  return processes.map(({ service, name, first }, index) => {
    const { http, grpc } = first ? ports.first : ports.more;
    const probe = service === 'query' ? http : port(index + 2);
    const own: Partial<Record<ServiceName, Record<string, string>>> = {
      command: { GRPC_HOST: '127.0.0.1', GRPC_PORT: String(grpc) },
      query: { HTTP_HOST: '127.0.0.1', HTTP_PORT: String(http) },
      worker: { COMMAND_ADDRESS: commandAddress ?? commands },
    };
    const serves: Partial<Record<ServiceName, string>> = {
      command: `127.0.0.1:${grpc}`,
      query: `http://127.0.0.1:${http}`,
    };
    return {
      name,
      service,
      main: fileURLToPath(new URL(`../../${service}/src/main.js`, import.meta.url)),
      environment: {
        ...own[service],
        INSTANCE_NAME: name,
        ...(service === 'query' ? {} : { PROBE_HOST: '127.0.0.1', PROBE_PORT: String(probe) }),
      },
      probes: `http://127.0.0.1:${probe}`,
      ...(serves[service] !== undefined && { serves: serves[service] }),
    };
  });
}
