import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseUser } from '@replicante/postgres-server';
import { writeFileDurably } from '@replicante/processes';
import type { MemberAddress } from './conninfo.js';
import { formatConninfo } from './conninfo.js';
import type { NodeLayout } from './node-layout.js';
import { PASSFILE_FROM_DATA } from './node-layout.js';
import { REPLICATION_ROLE, slotName } from './replication-role.js';

/** In the data directory: what holds for this node alone. Never taken over from a base backup. */
export const NODE_CONF = 'replicante.conf';

/** For all members; a standby gets it with the base backup. */
const CLUSTER_SETTINGS = `
# --- Replicante: settings of every member of the cluster ---
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
wal_level = replica
hot_standby = on
max_wal_senders = 16
max_replication_slots = 16
# A standby that is away longer than this much WAL is copied anew; without a bound it would fill the primary's disk.
max_slot_wal_keep_size = '2GB'
# A connection that broke without a word is noticed, and made again, within seconds.
wal_sender_timeout = '10s'
wal_receiver_timeout = '10s'
wal_receiver_status_interval = '1s'
wal_retrieve_retry_interval = '1s'
shared_buffers = '64MB'
include_if_exists = '${NODE_CONF}'
`;

/** Never `trust` (safety.md §13); no local sockets, so no line for them. */
const HBA = `# Replicante: passwords for everyone, from this machine only.
host all         all                    127.0.0.1/32 scram-sha-256
host replication ${REPLICATION_ROLE} 127.0.0.1/32 scram-sha-256
`;

type Owner = DatabaseUser | undefined;
const ownedBy = (owner: Owner) => (owner ? { owner } : {});
const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Into a directory that initdb has just made. */
export async function writeClusterFiles(
  directory: string,
  node: { nodeId: string; postgresPort: number },
  owner: Owner,
): Promise<void> {
  await appendFile(join(directory, 'postgresql.conf'), CLUSTER_SETTINGS, { flush: true });
  await writeFileDurably(join(directory, 'pg_hba.conf'), HBA, ownedBy(owner));
  await writeFileDurably(join(directory, NODE_CONF), nodeSettings(node), ownedBy(owner));
}

/**
 * Into an empty directory, *before* anything is unpacked there: a crash after the unpack and before the signal would
 * leave what starts as a second primary on the same timeline (safety.md §6; tried).
 */
export async function writeStandbyFiles(
  directory: string,
  node: { nodeId: string; postgresPort: number },
  primary: MemberAddress,
  owner: Owner,
): Promise<void> {
  const conninfo = formatConninfo({
    host: primary.host,
    port: primary.port,
    user: REPLICATION_ROLE,
    passfile: PASSFILE_FROM_DATA,
    application_name: node.nodeId,
    connect_timeout: 5,
  });
  const settings = `${nodeSettings(node)}primary_conninfo = ${quoted(conninfo)}\nprimary_slot_name = ${quoted(slotName(node.nodeId))}\n`;
  await writeFileDurably(join(directory, 'standby.signal'), '', ownedBy(owner));
  await writeFileDurably(join(directory, NODE_CONF), settings, ownedBy(owner));
}

const nodeSettings = (node: { nodeId: string; postgresPort: number }): string =>
  `# Replicante: settings of this node alone.\nport = ${node.postgresPort}\ncluster_name = ${quoted(node.nodeId.slice(0, 63))}\n`;

/** For the server that streams: 0600 and its own, else libpq ignores it. */
export async function writePassfile(layout: NodeLayout, password: string, owner: Owner): Promise<void> {
  await writeFileDurably(layout.passfile, `*:*:*:${REPLICATION_ROLE}:${password}\n`, ownedBy(owner));
}
