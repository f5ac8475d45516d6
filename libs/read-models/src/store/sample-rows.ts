import type { CycleSample } from '@replicante/domain';
import type { DataSource } from 'typeorm';
import { sqlOf } from './sql.js';

/**
 * The newest sample of each cluster. Samples of a key come in order, so a later one replaces an earlier; one of an
 * older lease or an older stream revision (a thawed worker, a repeated delivery) never does.
 */
export async function putSamples(source: DataSource, samples: readonly CycleSample[]): Promise<void> {
  const newest = [...new Map(samples.map(s => [`${s.ns_id}:${s.cluster_id}`, s])).values()];
  if (newest.length === 0) return;
  await sqlOf(source)(
    `INSERT INTO samples AS t (ns_id, cluster_id, epoch, token, revision, completed_at, sample, received_at)
     SELECT u.ns_id, u.cluster_id, u.epoch, u.token, u.revision, u.completed_at, u.sample::jsonb, now()
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::integer[], $6::timestamptz[], $7::text[])
       AS u(ns_id, cluster_id, epoch, token, revision, completed_at, sample)
     ON CONFLICT (ns_id, cluster_id) DO UPDATE SET epoch = excluded.epoch, token = excluded.token,
       revision = excluded.revision, completed_at = excluded.completed_at, sample = excluded.sample,
       received_at = excluded.received_at
     WHERE (t.epoch, t.token, t.revision) <= (excluded.epoch, excluded.token, excluded.revision)`,
    [
      newest.map(s => s.ns_id),
      newest.map(s => s.cluster_id),
      newest.map(s => s.lease?.epoch ?? 0),
      newest.map(s => s.lease?.token ?? 0),
      newest.map(s => s.revision),
      newest.map(s => s.completed_at),
      newest.map(s => JSON.stringify(s)),
    ],
  );
}
