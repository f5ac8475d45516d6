import { mkdir } from 'node:fs/promises';
import type { AgentLog, RunningAgent } from '@replicante/agent-sdk';
import { startAgent } from '@replicante/agent-sdk';
import { locateBinaries } from '@replicante/postgres-server';
import { ownDirectory } from '@replicante/processes';
import { clusterInit } from './cluster-init.js';
import { clusterJoin } from './join/cluster-join.js';
import { readNodeConfig } from './node-config.js';
import { NodeLayout } from './node-layout.js';
import { NodeObserver } from './node-observer.js';
import { postgresSource } from './postgres-source.js';
import { replicationPassword } from './replication-role.js';
import { ReplicationView } from './replication-view.js';
import { ServerConnection } from './server-connection.js';

/** The agent of the node in a folder, put together. Throws `NODE_CONFIG_INVALID`, `DIRECTORY_OWNED`. */
export async function startPostgresAgent(nodeDir: string, log: AgentLog): Promise<RunningAgent> {
  const config = await readNodeConfig(nodeDir);
  const layout = new NodeLayout(nodeDir, config.dataDir);
  const binaries = await locateBinaries({ notice: message => log.info(message) });
  await mkdir(layout.agentState, { recursive: true, mode: 0o700 });
  const owned = await ownDirectory(layout.agentState);
  const local = new ServerConnection({
    host: '127.0.0.1',
    port: config.postgresPort,
    user: config.superuser,
    password: config.superuserPassword,
    applicationName: 'replicante agent',
  });
  const replication = new ReplicationView(
    replicationPassword(config.superuserPassword),
    `${config.nodeId} agent`,
  );
  const observer = new NodeObserver(layout, config.nodeId, local, replication);
  const parts = { layout, config, binaries, local, replication };
  const agent = await startAgent({
    stateDir: layout.agentState,
    clusterId: config.clusterId,
    source: postgresSource(config, observer, /^\d+\.\d+/.exec(binaries.version)?.[0] ?? binaries.version),
    handlers: [clusterInit(parts), clusterJoin(parts)],
    listen: { host: config.agentHost, port: config.agentPort },
    token: config.agentToken,
    log,
  });
  return {
    port: agent.port,
    url: agent.url,
    stop: async () => {
      await agent.stop();
      local.close();
      replication.close();
      await owned.release();
    },
  };
}
