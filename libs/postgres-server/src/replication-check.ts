import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

export interface ReplicatedServer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface ReplicationLogin {
  readonly user: string;
  readonly password: string;
}

export interface ReadBack {
  readonly name: string;
  readonly afterMs: number;
}

const TABLE = 'replicante_quickstart';

/**
 * Writes one row on the primary and reads it back on each standby: streaming replication shown, not assumed.
 * Throws naming the standby that does not show the row within `withinMs`.
 */
export async function writeAndReadBack(
  primary: ReplicatedServer,
  standbys: readonly ReplicatedServer[],
  login: ReplicationLogin,
  withinMs = 10_000,
): Promise<readonly ReadBack[]> {
  const id = await onServer(primary, login, async client => {
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${TABLE} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, written timestamptz NOT NULL)`,
    );
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO ${TABLE} (written) VALUES (now()) RETURNING id::text`,
    );
    return rows[0]?.id ?? '';
  });
  const written = performance.now();
  return Promise.all(
    standbys.map(async standby => {
      await onServer(standby, login, client => untilShown(client, standby, id, written + withinMs));
      return { name: standby.name, afterMs: performance.now() - written };
    }),
  );
}

async function untilShown(
  client: pg.Client,
  standby: ReplicatedServer,
  id: string,
  end: number,
): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ shown: boolean }>(
      `SELECT to_regclass('${TABLE}') IS NOT NULL AS shown`,
    );
    if (rows[0]?.shown) {
      const row = await client.query(`SELECT 1 FROM ${TABLE} WHERE id = $1`, [id]);
      if (row.rowCount === 1) return;
    }
    if (performance.now() > end) throw new Error(`${standby.name} does not show row ${id} of the primary`);
    await delay(20);
  }
}

async function onServer<T>(
  server: ReplicatedServer,
  { user, password }: ReplicationLogin,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    ssl: false,
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
