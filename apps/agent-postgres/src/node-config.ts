import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { decodeNodeFile, NODE_FILE } from '@replicante/platform-sdk';
import { AgentFailure } from './agent-failure.js';

/** What the platform wrote into `node.json`, with the secrets that it points to read in. Never logged. */
export interface NodeConfig {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly nodeGroup: string;
  readonly nodeClass: string;
  readonly agentHost: string;
  readonly agentPort: number;
  readonly agentToken: string;
  /** Absolute; directly below the node's folder. */
  readonly dataDir: string;
  readonly postgresPort: number;
  readonly superuser: string;
  readonly superuserPasswordFile: string;
  readonly superuserPassword: string;
}

/** Throws `NODE_CONFIG_INVALID` with every problem at once. */
export async function readNodeConfig(nodeDir: string): Promise<NodeConfig> {
  const path = join(nodeDir, NODE_FILE);
  const invalid = (why: string, cause?: unknown): AgentFailure =>
    new AgentFailure('NODE_CONFIG_INVALID', `${path}: ${why}`, { cause });
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw invalid('cannot be read as JSON', error);
  }
  const decoded = decodeNodeFile(json);
  if (!decoded.ok) throw invalid(decoded.problems.map(p => `${p.path} ${p.problem}`).join('; '));
  const { nodeId, clusterId, nodeGroup, nodeClass, agent, postgres } = decoded.value;
  const dataDir = resolve(nodeDir, postgres.dataDir);
  // Unfinished data is made beside it and renamed: that works within one folder only.
  if (dirname(dataDir) !== resolve(nodeDir))
    throw invalid('postgres.dataDir is not directly below the folder');
  const superuserPasswordFile = resolve(nodeDir, postgres.passwordFile);
  return {
    nodeId,
    clusterId,
    nodeGroup,
    nodeClass,
    agentHost: agent.host,
    agentPort: agent.port,
    agentToken: await secretIn(resolve(nodeDir, agent.tokenFile)),
    dataDir,
    postgresPort: postgres.port,
    superuser: postgres.superuser,
    superuserPasswordFile,
    superuserPassword: await secretIn(superuserPasswordFile),
  };
}

async function secretIn(path: string): Promise<string> {
  const first = ((await readFile(path, 'utf8')).split('\n')[0] ?? '').trim();
  if (first === '')
    throw new AgentFailure('NODE_CONFIG_INVALID', `${path} holds no secret in its first line`);
  return first;
}
