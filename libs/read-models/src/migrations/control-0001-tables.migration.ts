import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What outlives every generation. */
export class ControlTables1750000000001 implements MigrationInterface {
  name = 'ControlTables1750000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE generations (
      generation integer PRIMARY KEY,
      shape integer NOT NULL,
      state text NOT NULL CHECK (state IN ('building', 'active', 'retired')),
      created_at timestamptz NOT NULL DEFAULT now(),
      activated_at timestamptz
    )`);
    // The one row that readers follow.
    await runner.query(
      `CREATE UNIQUE INDEX one_active_generation ON generations (state) WHERE state = 'active'`,
    );
    await runner.query(`CREATE TABLE checkpoints (
      name text PRIMARY KEY,
      position text COLLATE "C",
      store_identity text,
      anchor_stream text,
      anchor_revision integer,
      anchor_event text,
      phase text NOT NULL DEFAULT 'idle',
      message text,
      updated_at timestamptz NOT NULL DEFAULT now()
    )`);
    await runner.query(`CREATE TABLE dead_letters (
      subscription text,
      event_id text,
      position text NOT NULL,
      stream_id text NOT NULL,
      revision integer NOT NULL,
      type text NOT NULL,
      error text NOT NULL,
      recorded_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (subscription, event_id)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dead_letters, checkpoints, generations');
  }
}
