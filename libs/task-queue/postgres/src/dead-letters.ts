import { TaskQueueError } from '@replicante/task-queue';
import type { DeadLetter, NewTask } from '@replicante/task-queue';
import type { Json } from '@replicante/kernel';
import type { CallPool } from '@replicante/postgres-client';

/** Dead letters' ids are numbers that grow: the list is read page by page in the order in which they first died. */
const NUMBER = /^[0-9]{1,18}$/;

interface LetterRow {
  readonly number: string;
  readonly task_id: string;
  readonly kind: string;
  readonly key: string;
  readonly payload: string;
  readonly reason: string;
  readonly attempts: number;
  readonly dead_since: Date;
  readonly occurrences: number;
}

export async function listDeadLetters(
  database: CallPool,
  limit: number,
  after: string | undefined,
): Promise<readonly DeadLetter[]> {
  const from = after ?? '0';
  if (!NUMBER.test(from)) throw notFound(from);
  const rows = await database.query<LetterRow>(
    'select * from task_queue.dead_letter where number > $1 order by number limit $2',
    [from, limit],
  );
  return rows.map(row => ({
    id: row.number,
    kind: row.kind,
    key: row.key,
    payload: JSON.parse(row.payload) as Json,
    reason: row.reason,
    attempts: row.attempts,
    deadSince: row.dead_since.toISOString(),
    occurrences: row.occurrences,
  }));
}

export async function readDeadLetter(database: CallPool, id: string): Promise<NewTask> {
  const [row] = NUMBER.test(id)
    ? await database.query<LetterRow>('select * from task_queue.dead_letter where number = $1', [id])
    : [];
  if (!row) throw notFound(id);
  return { id: row.task_id, kind: row.kind, key: row.key, payload: JSON.parse(row.payload) as Json };
}

const notFound = (id: string): TaskQueueError =>
  new TaskQueueError('DEAD_LETTER_NOT_FOUND', `there is no dead letter ${id}`);
