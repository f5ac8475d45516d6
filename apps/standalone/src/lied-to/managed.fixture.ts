import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@replicante/processes';
import { type InspectedProcess, startInspected } from './inspected-process.fixture.js';

export const TOKEN = 'a-token-of-this-test';

export interface Managed {
  readonly platform: InspectedProcess;
  readonly platformPort: number;
  /** Of a node that has no data yet. */
  readonly agent: InspectedProcess;
  readonly agentPort: number;
  stop(): Promise<void>;
}

/** What is managed, each as a process: a local platform without nodes, and one agent. */
export async function startManaged(): Promise<Managed> {
  const folder = await mkdtemp(join(tmpdir(), 'lied-to-'));
  await chmod(folder, 0o711);
  const [platformPort = 0, agentPort = 0, postgresPort = 0] = await freePorts(3);
  const token = join(folder, 'token');
  await writeFile(token, `${TOKEN}\n`, { mode: 0o600 });
  const node = join(folder, 'node');
  await mkdir(node);
  await writeFile(
    join(node, 'node.json'),
    JSON.stringify({
      version: 1,
      ...{
        nodeId: 'n',
        clusterId: 'pg',
        nodeGroup: 'main',
        nodeClass: 'x',
        storeVersion: '18',
        attributes: {},
      },
      agent: { host: '127.0.0.1', port: agentPort, tokenFile: '../token' },
      postgres: {
        ...{ host: '127.0.0.1', port: postgresPort, superuser: 'postgres', passwordFile: '../token' },
        ...{ dataDir: 'data', logFile: 'postgres.log', settings: {} },
      },
    }),
  );
  const platform = await startInspected(
    'platform-local',
    [
      ...['--data-dir', join(folder, 'platform'), '--port', String(platformPort)],
      ...['--token-file', token, '--agent-token-file', token],
    ],
    {},
  );
  const agent = await startInspected('agent-postgres', ['--node-dir', node], {});
  return {
    platform,
    platformPort,
    agent,
    agentPort,
    async stop() {
      await Promise.all([platform, agent].map(one => one.process.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
