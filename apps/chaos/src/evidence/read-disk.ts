import { existsSync } from 'node:fs';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectPostmaster } from '@replicante/postgres-server';
import pg from 'pg';
import type { Installation, NodeFolder } from '../world/installation.js';
import type { AgentAction, JournalLine, NodeOnDisk, PlatformCall } from './evidence.js';

/** JSON lines; a last one without its end was being written when its process died. */
async function lines<T>(path: string): Promise<readonly T[]> {
  const text = await readFile(path, 'utf8').catch(() => ''); // nothing was ever logged
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as T);
}

export const readPlatformCalls = ({ platformDir }: Installation): Promise<readonly PlatformCall[]> =>
  lines<PlatformCall>(join(platformDir, 'calls.jsonl'));

export const readJournal = ({ platformDir }: Installation): Promise<readonly JournalLine[]> =>
  lines<JournalLine>(join(platformDir, 'attempts.jsonl'));

interface ActionFile {
  readonly sequence: number;
  readonly attempts: readonly string[];
  readonly action: { readonly id: string; readonly state: { readonly phase: string } };
}

export async function readAgentActions(installation: Installation): Promise<readonly AgentAction[]> {
  const found: AgentAction[] = [];
  for (const { nodeId, directory } of await installation.nodes()) {
    const folder = join(directory, 'agent', 'actions');
    for (const name of await readdir(folder).catch(() => [])) {
      if (name.startsWith('.') || !name.endsWith('.json')) continue;
      const { sequence, attempts, action } = JSON.parse(
        await readFile(join(folder, name), 'utf8'),
      ) as ActionFile;
      found.push({ node: nodeId, sequence, attempts, id: action.id, phase: action.state.phase });
    }
  }
  return found;
}

export async function readNodes(installation: Installation): Promise<readonly NodeOnDisk[]> {
  const password = await installation.nodePassword();
  return Promise.all((await installation.nodes()).map(node => readNode(node, password)));
}

async function readNode(node: NodeFolder, password: string): Promise<NodeOnDisk> {
  const text = await readFile(join(node.directory, 'provision.json'), 'utf8').catch(() => '{}'); // none was written
  const { attemptId } = JSON.parse(text) as { readonly attemptId?: string | null };
  const answers = await ask(node, password).catch(() => undefined); // shown as a server that cannot be asked
  return {
    nodeId: node.nodeId,
    provisionAttempt: attemptId ?? null,
    serverRuns: (await inspectPostmaster(node.dataDir)).kind === 'running',
    standbySignal: existsSync(join(node.dataDir, 'standby.signal')),
    systemIdentifier: answers?.identifier ?? null,
    writable: answers?.writable ?? null,
    rows: answers?.rows ?? [],
  };
}

async function ask({ port }: NodeFolder, password: string) {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', password });
  await client.connect();
  try {
    const { rows: facts } = await client.query<{ identifier: string; recovering: boolean }>(
      'select system_identifier::text as identifier, pg_is_in_recovery() as recovering from pg_control_system()',
    );
    const { rows } = await client.query<{ number: string }>('select number from chaos_rows order by number');
    const [fact] = facts;
    return (
      fact && {
        identifier: fact.identifier,
        writable: !fact.recovering,
        rows: rows.map(r => Number(r.number)),
      }
    );
  } finally {
    await client.end();
  }
}

/** Directories below the installation in which a postgres works and that are neither a node's nor the control database's. */
export async function readStrayServers(installation: Installation): Promise<readonly string[]> {
  const known = new Set([installation.controlData, ...(await installation.nodes()).map(n => n.dataDir)]);
  const places = new Set<string>();
  for (const pid of (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name))) {
    const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined); // ended meanwhile
    if (place?.startsWith(installation.root) && !known.has(place)) {
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
      if (name === 'postgres') places.add(place);
    }
  }
  return [...places];
}
