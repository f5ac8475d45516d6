import { type TestPostgres, eventually, startTestPostgres } from '@replicante/testing';
import { type InspectedProcess, startInspected } from './inspected-process.fixture.js';

export const CONTROL_TOKEN = 'of-the-worker-and-this-test';

export interface LiedTo {
  readonly postgres: TestPostgres;
  readonly command: InspectedProcess;
  readonly query: InspectedProcess;
  /** `host:port` of gRPC. */
  readonly grpc: string;
  /** `http://host:port` of GraphQL. */
  readonly url: string;
  /** `http://host:port` of the probes of `command`. */
  readonly probes: string;
  stop(): Promise<void>;
}

interface Addresses {
  readonly grpc?: string;
  readonly http?: string;
  readonly probes?: string;
}
const addressesOf = ({ process }: InspectedProcess): Addresses => {
  const line =
    process
      .stdout()
      .split('\n')
      .find(text => text.includes('"event":"ready"')) ?? '{}';
  return (JSON.parse(line) as { addresses?: Addresses }).addresses ?? {};
};

/**
 * The three services that users' inputs reach, each as its own process: no scheduler and no worker, so that every event
 * in the store was asked for by the test.
 */
export async function startLiedTo(): Promise<LiedTo> {
  const postgres = await startTestPostgres();
  const env = {
    DATABASE_URL: postgres.url,
    GRPC_PORT: '0',
    HTTP_PORT: '0',
    PROBE_PORT: '0',
    LOG_LEVEL: 'warn',
    CONTROL_TOKEN,
  };
  const started = await Promise.allSettled(
    ['command', 'projection', 'query'].map(name => startInspected(name, [], env)),
  );
  const running = started.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(one => one.process.stop()));
    await postgres.stop();
  };
  const [command, , query] = running;
  const failed = started.find(one => one.status === 'rejected');
  if (command === undefined || query === undefined || failed) {
    await stop();
    throw new Error('a service did not start', { cause: failed?.reason });
  }
  const url = `http://${addressesOf(query).http ?? ''}`;
  await eventually(async () => (await fetch(`${url}/readyz`)).status === 200, { within: 20_000 });
  return {
    postgres,
    command,
    query,
    grpc: addressesOf(command).grpc ?? '',
    url,
    probes: `http://${addressesOf(command).probes ?? ''}`,
    stop,
  };
}
