import type { Checkpoint, Poison, SubscriptionPhase } from '@replicante/subscriptions';
import { SubscriptionError } from '@replicante/subscriptions';
import type { CheckpointRow } from '../entities/checkpoint.entity.js';
import { CONTROL_SCHEMA } from '../shape.js';
import type { Sql } from './sql.js';

const CHECKPOINTS = `${CONTROL_SCHEMA}.checkpoints`;

export async function readCheckpoint(sql: Sql, name: string): Promise<Checkpoint | undefined> {
  const [row] = await sql<CheckpointRow>(`SELECT * FROM ${CHECKPOINTS} WHERE name = $1`, [name]);
  if (!row || row.position === null || row.store_identity === null) return undefined;
  const { anchor_stream: streamId, anchor_revision: revision, anchor_event: eventId } = row;
  const anchor = streamId !== null &&
    revision !== null &&
    eventId !== null && { streamId, revision, eventId };
  return { position: row.position, storeIdentity: row.store_identity, ...(anchor && { anchor }) };
}

/** Compare-and-set; its row lock makes two writers take turns. Fails with `CHECKPOINT_MOVED`. */
export async function moveCheckpoint(
  sql: Sql,
  name: string,
  from: string | undefined,
  to: Checkpoint,
): Promise<void> {
  const values = [
    name,
    to.position,
    to.storeIdentity,
    to.anchor?.streamId ?? null,
    to.anchor?.revision ?? null,
    to.anchor?.eventId ?? null,
  ];
  const moved =
    from === undefined
      ? await sql(
          `INSERT INTO ${CHECKPOINTS} AS c (name, position, store_identity, anchor_stream, anchor_revision, anchor_event)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (name) DO UPDATE SET position = excluded.position, store_identity = excluded.store_identity,
             anchor_stream = excluded.anchor_stream, anchor_revision = excluded.anchor_revision,
             anchor_event = excluded.anchor_event, updated_at = now()
           WHERE c.position IS NULL
           RETURNING name`,
          values,
        )
      : await sql(
          `UPDATE ${CHECKPOINTS} SET position = $2, store_identity = $3, anchor_stream = $4, anchor_revision = $5,
             anchor_event = $6, updated_at = now()
           WHERE name = $1 AND position = $7
           RETURNING name`,
          [...values, from],
        );
  if (moved.length === 0)
    throw new SubscriptionError(
      'CHECKPOINT_MOVED',
      `the checkpoint of ${name} is not ${from ?? '(none)'} any more`,
    );
}

export async function recordPhase(
  sql: Sql,
  name: string,
  phase: SubscriptionPhase,
  message: string | null,
): Promise<void> {
  await sql(
    `INSERT INTO ${CHECKPOINTS} AS c (name, phase, message) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET phase = excluded.phase, message = excluded.message, updated_at = now()`,
    [name, phase, message],
  );
}

export async function putDeadLetters(sql: Sql, name: string, poisons: readonly Poison[]): Promise<void> {
  for (const { event, error } of poisons)
    await sql(
      `INSERT INTO ${CONTROL_SCHEMA}.dead_letters (subscription, event_id, position, stream_id, revision, type, error)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (subscription, event_id) DO NOTHING`,
      [
        name,
        event.id,
        event.position,
        event.streamId,
        event.revision,
        event.type,
        error instanceof Error ? error.message : String(error),
      ],
    );
}
