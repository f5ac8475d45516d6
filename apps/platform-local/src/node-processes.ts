import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type PostgresBinaries,
  adoptPostgres,
  dataDirectoryMajor,
  launchPostgres,
} from '@replicante/postgres-server';
import { FENCED_MARKER } from '@replicante/platform-sdk';
import {
  type ProcessIdentity,
  findByArguments,
  isAlive,
  readPidFile,
  removePidFile,
  spawnDetached,
  stop,
  systemCode,
  writePidFile,
} from '@replicante/processes';
import { AGENT_LOG_FILE, AGENT_PID_FILE } from './data-layout.js';
import type { Kept } from './keeper.js';
import type { StoredNode } from './node-store.js';

/** What the agent gets of our environment: secrets of the suite are none of its business. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'TZ',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'LOG_LEVEL',
];

/** The agent of a node, as a process to keep. */
export function keptAgent(node: StoredNode, agentMain: string): Kept {
  const { directory } = node;
  return {
    name: 'agent',
    find: () => runningAgent(directory),
    mayStart: async () => true,
    start: async () => {
      const { identity } = await spawnDetached({
        command: process.execPath,
        args: [agentMain, '--node-dir', directory],
        cwd: directory,
        env: Object.fromEntries(
          PASSED_ON.flatMap(name => (name in process.env ? [[name, process.env[name]]] : [])),
        ),
        logFile: join(directory, AGENT_LOG_FILE),
      });
      await writePidFile(join(directory, AGENT_PID_FILE), identity);
      return identity;
    },
  };
}

/** The server of a node, as a process to keep: only of the directory `data`, only when complete and not fenced. */
export function keptPostgres(node: StoredNode, binaries: PostgresBinaries): Kept {
  const { postgres } = node.file;
  const dataDir = resolve(node.directory, postgres.dataDir);
  const logFile = resolve(node.directory, postgres.logFile);
  return {
    name: 'postgres',
    find: async () => {
      if ((await dataDirectoryMajor(dataDir)) === undefined) return undefined;
      return (await adoptPostgres({ dataDir, logFile }))?.identity;
    },
    mayStart: async () =>
      (await dataDirectoryMajor(dataDir)) !== undefined &&
      !(await exists(join(node.directory, FENCED_MARKER))),
    start: async () => {
      const settings = { ...postgres.settings, cluster_name: node.file.nodeId };
      return (await launchPostgres(binaries, { dataDir, port: postgres.port, settings, logFile })).identity;
    },
  };
}

/** Stops a node's agent with what it started (an initdb), then its server; the other way round it could begin anew. */
export async function stopNodeProcesses(
  node: StoredNode,
): Promise<{ readonly agent: string; readonly postgres: string }> {
  const { directory, file } = node;
  const agent = await runningAgent(directory);
  const agentOutcome = agent ? await stop(agent, { graceMs: 5_000, group: true }) : 'gone';
  await removePidFile(join(directory, AGENT_PID_FILE));
  const dataDir = resolve(directory, file.postgres.dataDir);
  const server = await adoptPostgres({ dataDir, logFile: resolve(directory, file.postgres.logFile) });
  return { agent: agentOutcome, postgres: server ? await server.stop() : 'gone' };
}

/** By its pid file, else by its arguments: we can be killed between starting it and remembering it. */
async function runningAgent(directory: string): Promise<ProcessIdentity | undefined> {
  const remembered = await readPidFile(join(directory, AGENT_PID_FILE));
  if (remembered && isAlive(remembered)) return remembered;
  const [found] = findByArguments(['--node-dir', directory]);
  if (found) await writePidFile(join(directory, AGENT_PID_FILE), found);
  return found;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
