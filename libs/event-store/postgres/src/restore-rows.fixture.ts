import { Client, escapeIdentifier } from 'pg';

/**
 * What `pg_dump` and a restore leave: the same rows of one schema in another server, written by other transactions.
 * (The npm package has no `pg_dump`.) The schema must exist in the target.
 */
export async function restoreRows(fromUrl: string, toUrl: string, schema: string): Promise<void> {
  const from = new Client({ connectionString: fromUrl });
  const to = new Client({ connectionString: toUrl });
  await Promise.all([from.connect(), to.connect()]);
  const tables = await from.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = $1',
    [schema],
  );
  for (const { name } of tables.rows) {
    const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
    const columns = await from.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
      [table],
    );
    const names = columns.rows.map(column => escapeIdentifier(column.name));
    const rows = await from.query<string[]>({
      text: `select ${names.map(column => `${column}::text`).join()} from ${table}`,
      rowMode: 'array',
    });
    const cast = columns.rows.map((column, index) => `c${index}::${column.type}`).join();
    const texts = names.map((_, index) => `$${index + 1}::text[]`).join();
    const aliases = names.map((_, index) => `c${index}`).join();
    await to.query(`truncate ${table}`);
    await to.query(
      `insert into ${table} (${names.join()}) select ${cast} from unnest(${texts}) as u(${aliases})`,
      names.map((_, index) => rows.rows.map(row => row[index])),
    );
  }
  await Promise.all([from.end(), to.end()]);
}
