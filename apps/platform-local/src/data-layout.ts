import { join } from 'node:path';

/** Where everything of one data directory is. */
export interface DataLayout {
  readonly root: string;
  /** Says that the directory is ours. */
  readonly marker: string;
  readonly nodes: string;
  readonly retired: string;
  readonly journal: string;
  readonly callLog: string;
}

export function layoutOf(root: string): DataLayout {
  return {
    root,
    marker: join(root, 'platform.json'),
    nodes: join(root, 'nodes'),
    retired: join(root, 'retired'),
    journal: join(root, 'attempts.jsonl'),
    callLog: join(root, 'calls.jsonl'),
  };
}

export const clusterDirectory = (layout: DataLayout, clusterId: string): string =>
  join(layout.nodes, clusterId);

export const nodeDirectory = (layout: DataLayout, clusterId: string, nodeId: string): string =>
  join(layout.nodes, clusterId, nodeId);

/** Pid file of a node's agent, in the node's directory; the server has its own `postmaster.pid`. */
export const AGENT_PID_FILE = 'agent.pid';
export const AGENT_LOG_FILE = 'agent.log';
/** In a node's directory: it is being deprovisioned. */
export const RETIRING_FILE = 'retiring.json';
/** How the node came to be: the attempt's ids. */
export const PROVISION_FILE = 'provision.json';
