import { RejectedError } from '@replicante/kernel';
import type { DataSource } from 'typeorm';
import type { CheckpointRow } from '../entities/checkpoint.entity.js';
import type { GenerationRow } from '../entities/generation.entity.js';
import {
  readSchedulableClusters,
  readSchedulablePlatforms,
  type SchedulableCluster,
  type SchedulablePlatform,
} from '../queries/schedulable.js';
import { READ_MODELS_SHAPE } from '../shape.js';
import { generationSource, type DatabaseOptions } from './data-sources.js';
import { openControl, subscriptionOf } from './generations.js';
import { sqlOf, type Sql } from './sql.js';

export interface ReadModelsOptions extends Partial<Omit<DatabaseOptions, 'connectionString'>> {
  readonly connectionString: string;
  readonly shape?: number;
}

/** How a named subscription does, as it last said. */
export interface SubscriptionRow extends CheckpointRow {
  readonly dead_letters: number;
}

interface Open {
  readonly generation: number;
  readonly source: DataSource;
}

/** How long a reader may go on reading the generation before the one that was swapped in. */
const SWAP_SEEN_WITHIN_MS = 1_000;
/** Queries that run when the swap is seen finish on the old one. */
const CLOSE_OLD_AFTER_MS = 35_000;

const rebuilding = () =>
  new RejectedError({
    code: 'SERVICE_UNAVAILABLE',
    message: 'The read models are being built and cannot be read yet; see /readyz of the projection service.',
  });

/** The read side for whoever only reads: always the active generation of this program's shape. */
export class ReadModels {
  #current: Open | undefined;
  #seenAt = -Infinity;
  #looking: Promise<void> | undefined;
  readonly #closing = new Map<NodeJS.Timeout, DataSource>();

  private constructor(
    private readonly control: DataSource,
    private readonly options: DatabaseOptions,
    private readonly shape: number,
  ) {}

  static async open(options: ReadModelsOptions): Promise<ReadModels> {
    const { connectionString, applicationName = 'replicante-read-models', maxConnections = 8 } = options;
    const database = { connectionString, applicationName, maxConnections };
    const control = await openControl({ ...database, maxConnections: 2 });
    return new ReadModels(control, database, options.shape ?? READ_MODELS_SHAPE);
  }

  /** Rejects with `SERVICE_UNAVAILABLE` while no generation of this shape is active. */
  async sql(): Promise<Sql> {
    return sqlOf((await this.#active()).source);
  }

  /** Name of the subscription that fills what is read. */
  async subscription(): Promise<string> {
    return subscriptionOf((await this.#active()).generation);
  }

  /** Position that the rows have reached; `null` for an empty store. */
  async position(): Promise<string | null> {
    const name = await this.subscription();
    const [row] = await sqlOf(this.control)<{ position: string | null }>(
      'SELECT position FROM checkpoints WHERE name = $1',
      [name],
    );
    return row?.position ?? null;
  }

  /** Every subscription that ever recorded a phase or a checkpoint here. */
  subscriptions(): Promise<readonly SubscriptionRow[]> {
    return sqlOf(this.control)<SubscriptionRow>(
      `SELECT c.*, (SELECT count(*)::integer FROM dead_letters d WHERE d.subscription = c.name) AS dead_letters
       FROM checkpoints c ORDER BY c.name`,
    );
  }

  async schedulableClusters(): Promise<readonly SchedulableCluster[]> {
    return readSchedulableClusters(await this.sql());
  }

  async schedulablePlatforms(): Promise<readonly SchedulablePlatform[]> {
    return readSchedulablePlatforms(await this.sql());
  }

  async close(): Promise<void> {
    for (const timer of this.#closing.keys()) clearTimeout(timer);
    const sources = [
      ...this.#closing.values(),
      ...(this.#current ? [this.#current.source] : []),
      this.control,
    ];
    this.#closing.clear();
    this.#current = undefined;
    await Promise.all(sources.map(source => source.destroy()));
  }

  async #active(): Promise<Open> {
    if (performance.now() - this.#seenAt > SWAP_SEEN_WITHIN_MS) {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
      await this.#looking;
    }
    if (!this.#current) throw rebuilding();
    return this.#current;
  }

  async #look(): Promise<void> {
    const [row] = await sqlOf(this.control)<GenerationRow>(
      `SELECT * FROM generations WHERE state = 'active' AND shape = $1`,
      [this.shape],
    );
    if (row?.generation !== this.#current?.generation) {
      const old = this.#current;
      this.#current = row && { generation: row.generation, source: await this.#openSource(row.generation) };
      if (old) this.#closeLater(old.source);
    }
    // Nothing to read yet: look again with the next query, so that the first second after the swap is not lost.
    if (this.#current) this.#seenAt = performance.now();
  }

  /** Readers do not migrate: an active generation is whole. */
  #openSource(generation: number): Promise<DataSource> {
    return generationSource(this.options, generation).initialize();
  }

  #closeLater(source: DataSource): void {
    const timer = setTimeout(() => {
      this.#closing.delete(timer);
      void source.destroy();
    }, CLOSE_OLD_AFTER_MS);
    timer.unref();
    this.#closing.set(timer, source);
  }
}
