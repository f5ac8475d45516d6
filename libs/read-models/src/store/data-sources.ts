import { DataSource } from 'typeorm';
import { CONTROL_ENTITIES, GENERATION_ENTITIES } from '../entities/entities.js';
import { ControlTables1750000000001 } from '../migrations/control-0001-tables.migration.js';
import { ActiveByShape1750000000002 } from '../migrations/control-0002-active-by-shape.migration.js';
import { GenerationTables1750000000001 } from '../migrations/generation-0001-tables.migration.js';
import { CONTROL_SCHEMA, schemaOfGeneration } from '../shape.js';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly connectionString: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly maxConnections: number;
}

/** Ends with `destroy()`. For callers that need not know what it is made of. */
export type OpenSource = DataSource;

/** A statement that hangs holds up a whole subscription: it is given up and tried again. */
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

const base = (options: DatabaseOptions, searchPath: string) => ({
  type: 'postgres' as const,
  url: options.connectionString,
  applicationName: options.applicationName,
  // One holds the lock of the migrations while another runs them.
  poolSize: Math.max(2, options.maxConnections),
  connectTimeoutMS: CONNECT_TIMEOUT_MS,
  synchronize: false,
  logging: false as const,
  installExtensions: false,
  extra: {
    // In UTC times are read several times faster (queries/row-types.ts).
    options: `-c search_path=${searchPath} -c timezone=UTC`,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  },
});

export const controlSource = (options: DatabaseOptions): DataSource =>
  new DataSource({
    ...base(options, CONTROL_SCHEMA),
    schema: CONTROL_SCHEMA,
    entities: [...CONTROL_ENTITIES],
    migrations: [ControlTables1750000000001, ActiveByShape1750000000002],
    migrationsTableName: 'migrations',
  });

/** Unqualified names are the generation's tables; `read_models.` names what outlives it. */
export const generationSource = (options: DatabaseOptions, generation: number): DataSource =>
  new DataSource({
    ...base(options, `${schemaOfGeneration(generation)},${CONTROL_SCHEMA}`),
    schema: schemaOfGeneration(generation),
    entities: [...GENERATION_ENTITIES],
    migrations: [GenerationTables1750000000001],
    migrationsTableName: 'migrations',
  });
