import type pg from 'pg';

export interface TableFigures {
  readonly name: string;
  readonly tableKb: number;
  readonly indexKb: number;
  readonly rows: number;
  readonly dead: number;
}

export interface DatabaseFigures {
  readonly connections: number;
  /** Of the WAL files that are kept now. */
  readonly walKeptMb: number;
  /** Written since the server's first day. */
  readonly walWrittenMb: number;
  readonly events: number;
  readonly tables: readonly TableFigures[];
}

const TABLES = `
select s.schemaname || '.' || s.relname as name, pg_table_size(s.relid) / 1024.0 as "tableKb",
  pg_indexes_size(s.relid) / 1024.0 as "indexKb", s.n_live_tup as rows, s.n_dead_tup as dead
from pg_stat_user_tables s order by 1`;

const SERVER = `
select (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
  (select sum(size) / 1048576.0 from pg_ls_waldir()) as "walKeptMb",
  pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') / 1048576.0 as "walWrittenMb",
  (select head from event_store.log) as events`;

/** Numbers of PostgreSQL come as text. */
const numbers = <T extends object>(row: Readonly<Record<keyof T, string>>): T =>
  Object.fromEntries(
    Object.entries<string>(row).map(([key, value]) => [key, key === 'name' ? value : Number(value)]),
  ) as T;

export async function databaseFigures(client: pg.Client): Promise<DatabaseFigures> {
  const server = await client.query<Record<keyof Omit<DatabaseFigures, 'tables'>, string>>(SERVER);
  const tables = await client.query<Record<keyof TableFigures, string>>(TABLES);
  const [row] = server.rows;
  if (!row) throw new Error('the server answered no row');
  return {
    ...numbers<Omit<DatabaseFigures, 'tables'>>(row),
    tables: tables.rows.map(table => numbers<TableFigures>(table)),
  };
}
