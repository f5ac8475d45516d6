import type { Answer, Beat, ConsumerBackend, ResolvedSettings, Task, Wake } from '@replicante/task-queue';
import type { Json } from '@replicante/kernel';
import type { CallPool } from '@replicante/postgres-client';
import { EXTEND, LEAVE, SETTLE, SWEEP_EXPIRED, SWEEP_SILENT, TAKE } from './statements.js';
import type { Notifier, WakeUps } from './wake-up.js';

interface TaskRow {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly payload: string;
  readonly attempt: number;
  readonly partition: number;
}

export class PostgresConsumerBackend implements ConsumerBackend {
  #joined = false;

  constructor(
    private readonly id: string,
    private readonly name: string,
    private readonly settings: ResolvedSettings,
    private readonly database: CallPool,
    private readonly wakeUps: WakeUps,
    private readonly notifier: Notifier,
  ) {}

  async beat(avoid: readonly number[]): Promise<Beat> {
    const rows = await this.database.query<{
      share: number;
      partition: number | null;
      grant_number: string | null;
    }>('select * from task_queue.beat($1, $2, $3, $4)', [
      this.id,
      this.name,
      this.settings.consumerTtlMs,
      avoid,
    ]);
    if (!this.#joined) this.notifier.notify('partitions');
    this.#joined = true;
    await this.database.query(SWEEP_SILENT, [this.settings.maxAttempts]);
    await this.database.query(SWEEP_EXPIRED);
    return {
      share: rows[0]?.share ?? 0,
      assignments: rows.flatMap(({ partition, grant_number }) =>
        partition === null ? [] : [{ partition, grant: Number(grant_number) }],
      ),
    };
  }

  async giveBack(partition: number): Promise<void> {
    await this.database.query(
      'update task_queue.partition set owner = null where partition = $2 and owner = $1',
      [this.id, partition],
    );
    this.notifier.notify('partitions');
  }

  async take(partitions: readonly number[], limit: number): Promise<readonly Task[]> {
    const rows = await this.database.query<TaskRow>(
      TAKE,
      [this.id, partitions, limit, this.settings.visibilityMs],
      { name: 'task_queue.take' },
    );
    return rows.map(({ payload, ...task }) => ({ ...task, payload: JSON.parse(payload) as Json }));
  }

  async settle(answers: readonly Answer[]): Promise<void> {
    await this.database.query(
      SETTLE,
      [
        this.settings.maxAttempts,
        this.id,
        answers.map(({ id }) => id),
        answers.map(({ attempt }) => attempt),
        answers.map(({ outcome }) => outcome),
        answers.map(({ reason }) => reason),
        answers.map(({ backoffMs }) => backoffMs),
      ],
      { name: 'task_queue.settle' },
    );
  }

  async extend(id: string, attempt: number): Promise<boolean> {
    const rows = await this.database.query(EXTEND, [this.id, id, attempt, this.settings.visibilityMs]);
    return rows.length > 0;
  }

  async leave(): Promise<void> {
    await this.database.query(LEAVE, [this.id]);
    this.notifier.notify('partitions');
  }

  onWake(wake: (what: Wake) => void): () => void {
    return this.wakeUps.on(wake);
  }
}
