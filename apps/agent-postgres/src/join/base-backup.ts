import { Socket } from 'node:net';
import pg from 'pg';
import { AgentFailure } from '../agent-failure.js';
import type { MemberAddress } from '../conninfo.js';
import { REPLICATION_ROLE } from '../replication-role.js';

export interface BackupResult {
  readonly startLsn: string;
  readonly endLsn: string;
  readonly timeline: number;
}

/** Takes archive bytes; a promise holds the sender back until it is settled. */
export type ArchiveSink = (bytes: Buffer) => Promise<void> | undefined;

/** Messages inside the copy stream (PostgreSQL 15 and later), by their first byte. */
const ARCHIVE = 'n'.charCodeAt(0);
const DATA = 'd'.charCodeAt(0);
const PROGRESS = 'p'.charCodeAt(0);

/** No byte for so long: the primary is frozen or unreachable. A fast checkpoint and a slow disk take less. */
const SILENCE_MS = 60_000;

interface Row {
  readonly fields: readonly (string | null)[];
}

/** One BASE_BACKUP as the driver's client runs it: the message handlers of a query, written by hand. */
class BaseBackupQuery {
  readonly results: (readonly (string | null)[])[][] = [];
  #archives = 0;
  #failure: unknown;
  #writing = 0;

  constructor(
    private readonly sink: ArchiveSink,
    private readonly settle: (error?: unknown) => void,
  ) {}

  submit(connection: pg.Connection): void {
    connection.query(
      "BASE_BACKUP (LABEL 'replicante join', CHECKPOINT 'fast', WAL true, MANIFEST 'no', PROGRESS true)",
    );
  }

  handleRowDescription(): void {
    this.results.push([]);
  }

  handleDataRow(row: Row): void {
    this.results.at(-1)?.push(row.fields);
  }

  handleCopyData(message: { readonly chunk: Buffer }, connection: pg.Connection): void {
    if (this.#failure !== undefined) return;
    switch (message.chunk[0]) {
      case ARCHIVE:
        this.#archives += 1;
        if (this.#archives > 1)
          this.#fail(
            new AgentFailure('BACKUP_NOT_SUPPORTED', 'the primary has tablespaces of its own'),
            connection,
          );
        return;
      case DATA:
        // Copied: the driver uses its buffer again while we are still writing.
        return this.#write(Buffer.from(message.chunk.subarray(1)), connection);
      case PROGRESS:
        return;
      default:
        this.#fail(
          new AgentFailure('BACKUP_NOT_SUPPORTED', 'an unknown message in the copy stream'),
          connection,
        );
    }
  }

  handleCommandComplete(): void {
    // Each result set ends with one; what counts is that the server becomes ready after the last.
  }

  handleReadyForQuery(): void {
    this.settle(this.#failure);
  }

  handleError(error: unknown): void {
    this.settle(this.#failure ?? error);
  }

  #write(bytes: Buffer, connection: pg.Connection): void {
    const written = this.sink(bytes);
    if (!written) return;
    this.#writing += 1;
    connection.stream.pause();
    written.then(
      () => {
        this.#writing -= 1;
        if (this.#writing === 0) connection.stream.resume();
      },
      (error: unknown) => this.#fail(error, connection),
    );
  }

  #fail(error: unknown, connection: pg.Connection): void {
    this.#failure ??= error;
    connection.stream.destroy();
    this.settle(this.#failure);
  }
}

/** A replication connection to one server. Close it in every case. */
export class ReplicationConnection {
  readonly #socket = new Socket();
  readonly #client: pg.Client;

  constructor(primary: MemberAddress, password: string, applicationName: string) {
    const config: pg.ClientConfig & { readonly replication: string } = {
      host: primary.host,
      port: primary.port,
      user: REPLICATION_ROLE,
      password,
      application_name: applicationName,
      connectionTimeoutMillis: 5_000,
      ssl: false,
      stream: () => this.#socket,
      replication: 'true',
    };
    this.#client = new pg.Client(config);
    // Reported by the statement that it breaks; without a listener it would end the process.
    this.#client.on('error', () => this.#socket.destroy());
  }

  async open(): Promise<void> {
    await this.#client.connect();
    this.#socket.setTimeout(SILENCE_MS, () => this.#socket.destroy(new Error('the primary fell silent')));
  }

  async identify(): Promise<{ readonly systemIdentifier: string; readonly timeline: number }> {
    const { rows } = await this.#client.query<{ systemid: string; timeline: number }>('IDENTIFY_SYSTEM');
    const [row] = rows;
    if (!row) throw new AgentFailure('BACKUP_INCOMPLETE', 'the server does not identify itself');
    return { systemIdentifier: String(row.systemid), timeline: Number(row.timeline) };
  }

  /** Resolves only after the final result set with the end position: anything less is no backup. */
  async baseBackup(sink: ArchiveSink): Promise<BackupResult> {
    const results = await new Promise<BaseBackupQuery['results']>((resolve, reject) => {
      const query = new BaseBackupQuery(sink, error => {
        if (error === undefined) resolve(query.results);
        else reject(error instanceof Error ? error : new Error('the backup broke off', { cause: error }));
      });
      this.#client.query(query);
    });
    // Start position, list of tablespaces, end position.
    const [start, end] = [results[0]?.[0], results[2]?.[0]];
    const [startLsn, endLsn, timeline] = [start?.[0], end?.[0], Number(end?.[1])];
    const complete = results.length === 3 && isLsn(startLsn) && isLsn(endLsn) && timeline > 0;
    if (!complete) throw new AgentFailure('BACKUP_INCOMPLETE', 'the backup has no end position');
    return { startLsn, endLsn, timeline };
  }

  close(): void {
    this.#socket.destroy();
  }
}

const isLsn = (text: string | null | undefined): text is string =>
  typeof text === 'string' && /^[0-9A-F]+\/[0-9A-F]+$/i.test(text);
