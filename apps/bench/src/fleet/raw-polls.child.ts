import { Agent } from 'undici';
import { answerParent } from '@replicante/processes';
import { API, POLLED_PATHS } from '@replicante/simulated-fleet';

export interface RawPollsRequest {
  /** Origins of agents. */
  readonly agents: readonly string[];
  /** Nodes in work at once. */
  readonly atOnce: number;
  readonly seconds: number;
}

export interface RawPollsResult {
  readonly nodesPerSecond: number;
  /** User and system, of this process. */
  readonly cpuMicrosPerNode: number;
}

/** The five requests of a poll, one after the other over one warm connection per agent; answers are read and dropped. */
async function run({ agents, atOnce, seconds }: RawPollsRequest): Promise<RawPollsResult> {
  const connections = new Agent({ connections: 1, keepAliveTimeout: 60_000 });
  const poll = async (origin: string): Promise<void> => {
    for (const name of POLLED_PATHS) {
      const response = await connections.request({ origin, path: `${API}${name}`, method: 'GET' });
      await response.body.text();
      if (response.statusCode !== 200) throw new Error(`${origin} answered ${response.statusCode}`);
    }
  };
  let next = 0;
  const pollAll = async (until: () => boolean): Promise<number> => {
    let polled = 0;
    const lane = async (): Promise<void> => {
      while (!until()) {
        await poll(agents[next++ % agents.length] ?? '');
        polled += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return polled;
  };
  try {
    // Connections are made before the clock starts.
    await pollAll(() => next >= agents.length);
    const cpu = process.cpuUsage();
    const began = performance.now();
    const polled = await pollAll(() => performance.now() > began + seconds * 1_000);
    const took = (performance.now() - began) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    return { nodesPerSecond: polled / took, cpuMicrosPerNode: (user + system) / polled };
  } finally {
    await connections.destroy();
  }
}

answerParent(run);
