import type { DataSource } from 'typeorm';
import type { GenerationRow } from '../entities/generation.entity.js';
import { CONTROL_SCHEMA, READ_MODELS_SHAPE, schemaOfGeneration } from '../shape.js';
import { controlSource, generationSource, type DatabaseOptions } from './data-sources.js';
import { completeGeneration } from './complete-generation.js';
import { inTransaction, sqlOf, type Sql } from './sql.js';

/** Id of a generation's subscription, checkpoint and lease. */
export const subscriptionOf = (generation: number): string => `read-models-v${generation}`;

/** Migrations of several processes take turns on this. */
const LOCK = 0x7265_6d6f;

/** Opens the schema that outlives generations, making it when it is missing; N processes may do so at once. */
export async function openControl(options: DatabaseOptions): Promise<DataSource> {
  const source = controlSource(options);
  await source.initialize();
  try {
    await migrate(source, CONTROL_SCHEMA);
  } catch (error) {
    await source.destroy();
    throw error;
  }
  return source;
}

/**
 * Opens one generation's schema, making it when it is missing. `bulk`: for a rebuild, without what is cheaper made when
 * the rows are in; `complete` of its sink makes it whole before it is activated.
 */
export async function openGeneration(
  options: DatabaseOptions,
  generation: number,
  { bulk = false } = {},
): Promise<DataSource> {
  const source = generationSource(options, generation);
  await source.initialize();
  try {
    await migrate(source, schemaOfGeneration(generation));
    if (!bulk) await completeGeneration(source);
  } catch (error) {
    await source.destroy();
    throw error;
  }
  return source;
}

async function migrate(source: DataSource, schema: string): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [LOCK]);
    try {
      await runner.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      await source.runMigrations({ transaction: 'each' });
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    }
  } finally {
    await runner.release();
  }
}

export interface FollowedGeneration {
  readonly generation: number;
  /** Not read yet: to be swapped in when it caught up. */
  readonly building: boolean;
}

const all = (sql: Sql) => sql<GenerationRow>('SELECT * FROM generations ORDER BY generation');
const insertNext = (sql: Sql, shape: number) =>
  sql<GenerationRow>(
    `INSERT INTO generations (generation, shape, state)
     SELECT coalesce(max(generation), 0) + 1, $1, 'building' FROM generations RETURNING *`,
    [shape],
  );

/**
 * What a projection service of this shape has to follow: the active generation when it has this shape, and those of
 * this shape being built. When there is none, one is begun. Generations of another shape are left to their programs.
 */
export async function followedGenerations(
  control: DataSource,
  shape: number = READ_MODELS_SHAPE,
): Promise<readonly FollowedGeneration[]> {
  return inTransaction(control, async sql => {
    await sql('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const mine = (await all(sql)).filter(row => row.shape === shape && row.state !== 'retired');
    const followed = mine.length > 0 ? mine : await insertNext(sql, shape);
    return followed.map(row => ({ generation: row.generation, building: row.state === 'building' }));
  });
}

/** Begins a new generation of this shape beside the one in use: after a defect of a projection, or a restore. */
export async function requestRebuild(
  control: DataSource,
  shape: number = READ_MODELS_SHAPE,
): Promise<number> {
  return inTransaction(control, async sql => {
    await sql('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const [row] = await insertNext(sql, shape);
    if (!row) throw new Error('the new generation was not recorded');
    return row.generation;
  });
}

/**
 * Readers of its shape go over to this generation; the one before is kept until a projection service starts again.
 * Idempotent; one that was replaced meanwhile stays so (its builder was frozen since). Another shape's is left alone: the
 * programs that read it are upgraded one after the other, and were without rows; its projection would make it again, and
 * retire this one in turn.
 */
export async function activateGeneration(control: DataSource, generation: number): Promise<void> {
  await inTransaction(control, async sql => {
    await sql('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const building = await sql(`SELECT FROM generations WHERE generation = $1 AND state = 'building'`, [
      generation,
    ]);
    if (building.length === 0) return;
    await sql(
      `UPDATE generations SET state = 'retired'
       WHERE state = 'active' AND shape = (SELECT shape FROM generations WHERE generation = $1)`,
      [generation],
    );
    await sql(`UPDATE generations SET state = 'active', activated_at = now() WHERE generation = $1`, [
      generation,
    ]);
  });
}

/**
 * Drops the schemas of retired generations, their checkpoints with them. Those of lower shapes retire when one of this
 * shape has been read for a day: until then programs of before may read them, or come back to them.
 */
export async function dropRetired(
  control: DataSource,
  shape: number = READ_MODELS_SHAPE,
): Promise<readonly number[]> {
  await sqlOf(control)(
    `UPDATE generations SET state = 'retired' WHERE shape < $1 AND EXISTS (
       SELECT FROM generations mine
       WHERE mine.shape = $1 AND mine.state = 'active' AND mine.activated_at < now() - interval '1 day')`,
    [shape],
  );
  const retired = (await all(sqlOf(control))).filter(row => row.state === 'retired');
  for (const { generation } of retired)
    await inTransaction(control, async sql => {
      await sql(`DROP SCHEMA IF EXISTS ${schemaOfGeneration(generation)} CASCADE`);
      await sql('DELETE FROM checkpoints WHERE name = $1', [subscriptionOf(generation)]);
      await sql('DELETE FROM dead_letters WHERE subscription = $1', [subscriptionOf(generation)]);
      await sql('DELETE FROM generations WHERE generation = $1', [generation]);
    });
  return retired.map(row => row.generation);
}
