import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Programs of two shapes read beside each other while one takes the place of the other: each its own active one. */
export class ActiveByShape1750000000002 implements MigrationInterface {
  name = 'ActiveByShape1750000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX one_active_generation');
    await runner.query(
      `CREATE UNIQUE INDEX one_active_generation_of_a_shape ON generations (shape) WHERE state = 'active'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX one_active_generation_of_a_shape');
    await runner.query(
      `CREATE UNIQUE INDEX one_active_generation ON generations (state) WHERE state = 'active'`,
    );
  }
}
