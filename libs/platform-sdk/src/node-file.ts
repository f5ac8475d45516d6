import type { Json } from '@replicante/kernel';
import { type Decoded, type FieldProblem } from '@replicante/platform-protocol';

/** Name of the file in a node's directory. */
export const NODE_FILE = 'node.json';
/** While this file is in the node's directory its server is never started (safety.md §6); the agent writes it. */
export const FENCED_MARKER = 'fenced';

/**
 * What a local platform leaves in `<node dir>/node.json` for the agent and the server of a node. Written once, when the
 * node is made; never changed. Paths are relative to the node's directory, so that it can be moved as a whole.
 */
export interface NodeFile {
  readonly version: 1;
  readonly nodeId: string;
  readonly clusterId: string;
  readonly nodeGroup: string;
  readonly nodeClass: string;
  /** Group's version over the cluster's, as declared: `18`, `18.4`. */
  readonly storeVersion: string;
  /** Group's attributes over the cluster's. */
  readonly attributes: Readonly<Record<string, Json>>;
  readonly agent: {
    /** Always a loopback address. */
    readonly host: string;
    readonly port: number;
    /** One line: the bearer token that the agent asks for; the same for all agents of an installation. */
    readonly tokenFile: string;
  };
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly superuser: string;
    /** One line: the superuser's password, the same for all nodes of the cluster. */
    readonly passwordFile: string;
    /** The supervisor starts exactly this directory, once it holds PG_VERSION; made and renamed into place by the agent. */
    readonly dataDir: string;
    readonly logFile: string;
    /** Given to the server as `-c name=value` by the supervisor. */
    readonly settings: Readonly<Record<string, string>>;
  };
}

/** Reads a `node.json`; problems carry the field's path. */
export function decodeNodeFile(value: unknown): Decoded<NodeFile> {
  const problems: FieldProblem[] = [];
  const file = record(value, '$', problems);
  const agent = record(file['agent'], 'agent', problems);
  const postgres = record(file['postgres'], 'postgres', problems);
  if (file['version'] !== 1) problems.push({ path: 'version', problem: 'expected 1' });
  const text = (source: Readonly<Record<string, unknown>>, key: string, path: string): string => {
    const found = source[key];
    if (typeof found === 'string' && found !== '') return found;
    problems.push({ path: `${path}${key}`, problem: 'expected a text that is not empty' });
    return '';
  };
  const port = (source: Readonly<Record<string, unknown>>, path: string): number => {
    const found = source['port'];
    if (typeof found === 'number' && Number.isInteger(found) && found > 0 && found < 65_536) return found;
    problems.push({ path: `${path}port`, problem: 'expected a port' });
    return 0;
  };
  const node: NodeFile = {
    version: 1,
    nodeId: text(file, 'nodeId', ''),
    clusterId: text(file, 'clusterId', ''),
    nodeGroup: text(file, 'nodeGroup', ''),
    nodeClass: text(file, 'nodeClass', ''),
    storeVersion: text(file, 'storeVersion', ''),
    attributes: record(file['attributes'], 'attributes', problems) as NodeFile['attributes'],
    agent: {
      host: text(agent, 'host', 'agent.'),
      port: port(agent, 'agent.'),
      tokenFile: text(agent, 'tokenFile', 'agent.'),
    },
    postgres: {
      host: text(postgres, 'host', 'postgres.'),
      port: port(postgres, 'postgres.'),
      superuser: text(postgres, 'superuser', 'postgres.'),
      passwordFile: text(postgres, 'passwordFile', 'postgres.'),
      dataDir: text(postgres, 'dataDir', 'postgres.'),
      logFile: text(postgres, 'logFile', 'postgres.'),
      settings: texts(
        record(postgres['settings'], 'postgres.settings', problems),
        'postgres.settings',
        problems,
      ),
    },
  };
  return problems.length === 0 ? { ok: true, value: node } : { ok: false, problems };
}

function record(value: unknown, path: string, problems: FieldProblem[]): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  problems.push({ path, problem: 'expected an object' });
  return {};
}

function texts(
  source: Readonly<Record<string, unknown>>,
  path: string,
  problems: FieldProblem[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(source).map(([key, value]) => {
      if (typeof value !== 'string') problems.push({ path: `${path}.${key}`, problem: 'expected a text' });
      return [key, String(value)];
    }),
  );
}
