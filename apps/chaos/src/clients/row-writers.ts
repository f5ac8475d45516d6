import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Installation, NodeFolder } from '../world/installation.js';

/** A row that a server acknowledged. */
export interface AcknowledgedRow {
  readonly node: string;
  readonly number: number;
  /** Milliseconds since 1970: the write began and was acknowledged between these. */
  readonly beganAt: number;
  readonly endedAt: number;
}

const READ_ONLY = '25006';
const WITHIN_MS = 1_500;

/** One client per real PostgreSQL: each tries to write numbered rows to its own, and only a primary may let it. */
export class RowWriters {
  readonly acknowledged: AcknowledgedRow[] = [];
  readonly #stop = new AbortController();
  readonly #writers = new Map<string, Promise<void>>();
  #next = 0;
  #looking: Promise<void> = Promise.resolve();

  constructor(private readonly installation: Installation) {}

  start(): void {
    this.#looking = this.#look();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    await Promise.all(this.#writers.values());
  }

  async #look(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (const node of await this.installation.nodes())
        if (!this.#writers.has(node.nodeId)) this.#writers.set(node.nodeId, this.#write(node));
      await this.#pause(200);
    }
  }

  async #write(node: NodeFolder): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const client = new pg.Client({
        ...{ host: '127.0.0.1', port: node.port, user: 'postgres', database: 'postgres' },
        ...{ password: await this.installation.nodePassword(), connectionTimeoutMillis: WITHIN_MS },
        query_timeout: WITHIN_MS,
      });
      client.on('error', () => undefined); // killed under us: the loop connects again
      try {
        await client.connect();
        await client.query(TABLE);
        while (!this.#stop.signal.aborted) {
          await this.#insert(client, node.nodeId);
          await this.#pause(100);
        }
      } catch (error) {
        // Down, starting, or a standby: not acknowledged, so nothing is known of the row.
        await this.#pause(codeOf(error) === READ_ONLY ? 100 : 250);
      } finally {
        await client.end().catch(() => undefined); // it may be gone already
      }
    }
  }

  async #insert(client: pg.Client, node: string): Promise<void> {
    const number = ++this.#next;
    const beganAt = Date.now();
    await client.query('insert into chaos_rows values ($1, $2)', [number, node]);
    this.acknowledged.push({ node, number, beganAt, endedAt: Date.now() });
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined); // stopped: the loops end
  }
}

const TABLE = 'create table if not exists chaos_rows (number bigint primary key, node text not null)';

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
