import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FENCED_MARKER, NODE_FILE, type NodeFile, decodeNodeFile } from '@replicante/platform-sdk';
import { syncDirectory, systemCode, writeFileDurably } from '@replicante/processes';
import {
  type DataLayout,
  PROVISION_FILE,
  RETIRING_FILE,
  clusterDirectory,
  nodeDirectory,
} from './data-layout.js';
import { passableDirectory, secretFile } from './data-root.js';

/** The ids under which a node was made. */
export interface ProvisionIds {
  readonly attemptId: string | null;
  readonly idempotencyKey: string | null;
  readonly fence: string | null;
}

export interface StoredNode {
  readonly file: NodeFile;
  readonly directory: string;
  readonly provision: ProvisionIds;
  /** Deprovisioning was begun; it is no longer reported and must be finished. */
  readonly retiring: boolean;
}

/** The nodes on disk. A node exists from the moment its `node.json` does. */
export class NodeStore {
  constructor(private readonly layout: DataLayout) {}

  /** All nodes in the order of cluster and number; what a crash left half made is removed. */
  async load(): Promise<readonly StoredNode[]> {
    const nodes: StoredNode[] = [];
    for (const clusterId of (await readdir(this.layout.nodes)).sort()) {
      const names = await readdir(clusterDirectory(this.layout, clusterId));
      const numbered = names.flatMap(name => numberOf(clusterId, name)).sort((a, b) => a - b);
      for (const number of numbered) {
        const directory = nodeDirectory(this.layout, clusterId, nodeIdOf(clusterId, number));
        const node = await readNode(directory);
        if (node) nodes.push(node);
        else await removeHalfMade(directory);
      }
    }
    return nodes;
  }

  /** Takes the next number of a cluster, on disk before it is used: node ids are never used again. */
  async nextNodeId(clusterId: string): Promise<string> {
    const directory = clusterDirectory(this.layout, clusterId);
    await passableDirectory(directory);
    const path = join(directory, 'numbers.json');
    const last = await readLast(path);
    await writeFileDurably(path, `${JSON.stringify({ last: last + 1 })}\n`);
    return nodeIdOf(clusterId, last + 1);
  }

  /** Writes a node's directory; `node.json` last, since it makes the node exist. */
  async create(file: NodeFile, provision: ProvisionIds): Promise<StoredNode> {
    const directory = nodeDirectory(this.layout, file.clusterId, file.nodeId);
    const credentials = join(clusterDirectory(this.layout, file.clusterId), 'credentials');
    await mkdir(credentials, { recursive: true, mode: 0o700 });
    const password = await secretFile(join(credentials, 'superuser.password'));
    const line = `*:*:*:${file.postgres.superuser}:${password.replace(/[\\:]/g, '\\$&')}\n`;
    await writeFileDurably(join(credentials, 'pgpass'), line); // for people: PGPASSFILE, or passfile= in a URL
    await passableDirectory(directory);
    await writeFileDurably(join(directory, PROVISION_FILE), `${JSON.stringify(provision)}\n`);
    await writeFileDurably(join(directory, NODE_FILE), `${JSON.stringify(file, null, 2)}\n`);
    await syncDirectory(clusterDirectory(this.layout, file.clusterId));
    return { file, directory, provision, retiring: false };
  }

  /** From now on the node is no longer reported, whatever happens. */
  async markRetiring(node: StoredNode): Promise<StoredNode> {
    await writeFileDurably(
      join(node.directory, RETIRING_FILE),
      `${JSON.stringify({ at: new Date().toISOString() })}\n`,
    );
    return { ...node, retiring: true };
  }

  /** Moves a stopped node's directory away; its data is kept until purged. */
  async retire(node: StoredNode): Promise<void> {
    const { clusterId, nodeId } = node.file;
    const folder = join(this.layout.retired, clusterId);
    await passableDirectory(folder);
    // The data directory cannot be started by accident: a supervisor honours the marker wherever it is put back.
    await writeFileDurably(
      join(node.directory, FENCED_MARKER),
      `${JSON.stringify({ why: 'deprovisioned' })}\n`,
    );
    await rename(node.directory, join(folder, nodeId));
    await syncDirectory(folder);
    await syncDirectory(clusterDirectory(this.layout, clusterId));
  }

  /** Whether such a node was deprovisioned before. */
  async isRetired(clusterId: string, nodeId: string): Promise<boolean> {
    return (await readdirOrNone(join(this.layout.retired, clusterId))).includes(nodeId);
  }

  /** Removes retired nodes whose time is over; answers their directories. */
  async purgeRetired(retainMs: number, now = Date.now()): Promise<readonly string[]> {
    const purged: string[] = [];
    for (const clusterId of await readdirOrNone(this.layout.retired)) {
      for (const nodeId of await readdirOrNone(join(this.layout.retired, clusterId))) {
        const directory = join(this.layout.retired, clusterId, nodeId);
        const at = await retiredAt(directory);
        if (at === undefined || now - at < retainMs) continue;
        await rm(directory, { recursive: true });
        purged.push(directory);
      }
    }
    return purged;
  }
}

const nodeIdOf = (clusterId: string, number: number): string => `${clusterId}-${number}`;

function numberOf(clusterId: string, name: string): readonly number[] {
  const written = name.startsWith(`${clusterId}-`) ? name.slice(clusterId.length + 1) : '';
  return /^[1-9]\d*$/.test(written) ? [Number(written)] : [];
}

/** Its number was taken and is never used again. One with more than we write before `node.json` is none of a crash's. */
async function removeHalfMade(directory: string): Promise<void> {
  const names = await readdir(directory);
  const other = names.find(name => !name.includes(PROVISION_FILE) && !name.includes(NODE_FILE));
  if (other !== undefined) {
    throw new Error(
      `${directory} holds ${other} but no ${NODE_FILE}: restore that file or move the directory away`,
    );
  }
  await rm(directory, { recursive: true });
}

async function readNode(directory: string): Promise<StoredNode | undefined> {
  const text = await readOrNone(join(directory, NODE_FILE));
  if (text === undefined) return undefined;
  const decoded = decodeNodeFile(JSON.parse(text));
  if (!decoded.ok) {
    const why = decoded.problems.map(({ path, problem }) => `${path} ${problem}`).join('; ');
    throw new Error(`${join(directory, NODE_FILE)} is broken: ${why}`);
  }
  const provision = JSON.parse(
    (await readOrNone(join(directory, PROVISION_FILE))) ?? '{}',
  ) as Partial<ProvisionIds>;
  return {
    file: decoded.value,
    directory,
    provision: {
      attemptId: provision.attemptId ?? null,
      idempotencyKey: provision.idempotencyKey ?? null,
      fence: provision.fence ?? null,
    },
    retiring: (await readOrNone(join(directory, RETIRING_FILE))) !== undefined,
  };
}

async function readLast(path: string): Promise<number> {
  const text = await readOrNone(path);
  if (text === undefined) return 0;
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'last' in value && Number.isSafeInteger(value.last)) {
    return Number(value.last);
  }
  throw new Error(`${path} is broken: it must hold {"last": the highest number ever used}`);
}

async function retiredAt(directory: string): Promise<number | undefined> {
  const text = await readOrNone(join(directory, RETIRING_FILE));
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'at' in value
    ? Date.parse(String(value.at))
    : undefined;
}

async function readOrNone(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

async function readdirOrNone(path: string): Promise<readonly string[]> {
  return readdir(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
}
