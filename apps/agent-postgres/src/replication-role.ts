import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** One role per cluster: streams, copies, makes its slots, and sees the state of replication. */
export const REPLICATION_ROLE = 'replicante_replication';

/**
 * Derived from the cluster's password, so that every agent of the cluster knows it and nothing has to be handed round;
 * it does not tell the password that it comes from.
 */
export const replicationPassword = (superuserPassword: string): string =>
  createHmac('sha256', superuserPassword).update('replicante replication role').digest('hex');

const ITERATIONS = 4096;

/** What PostgreSQL stores for a SCRAM password: the statement that sets it, and any log of it, holds no password. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${key('Server Key').toString('base64')}`;
}

/** Idempotent; also proves that the server takes writes. */
export const replicationRoleSql = (verifier: string): string => `
do $$ begin
  if not exists (select from pg_roles where rolname = '${REPLICATION_ROLE}') then
    create role ${REPLICATION_ROLE};
  end if;
end $$;
alter role ${REPLICATION_ROLE} login replication password '${verifier}';
grant pg_read_all_stats to ${REPLICATION_ROLE};`;

const PREFIX = 'replicante_';
const MAX_NAME = 63;

/**
 * The slot of a node on its primary (safety.md §6): `replicante_<node>`. Slot names hold only `[a-z0-9_]`: a plain
 * kebab-case id keeps its look, any other gets a digest, so that two nodes never share a slot.
 */
export function slotName(nodeId: string): string {
  const plain = PREFIX + nodeId.replaceAll('-', '_');
  if (/^[a-z0-9-]+$/.test(nodeId) && plain.length <= MAX_NAME) return plain;
  const digest = createHash('sha256').update(nodeId).digest('hex').slice(0, 12);
  const readable = nodeId
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '_')
    .slice(0, MAX_NAME - PREFIX.length - 13);
  return `${PREFIX}${readable}_${digest}`;
}
