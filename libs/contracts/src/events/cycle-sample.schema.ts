import type { CycleSample, Restless } from '@replicante/domain';
import { attributes, errorDocument, measure, mode, nodeStatus } from './model.schema.js';
import type { Schema } from './typed-schema.js';
import {
  count,
  flag,
  identifier,
  integer,
  list,
  nullable,
  object,
  optional,
  text,
  timestamp,
} from './typed-schema.js';

type SampledNode = CycleSample['nodes'][number];

/** Data of `replicante.sample.CycleCompleted.v1` on `replicante.samples`. */
export const cycleSampleSchema: Schema<CycleSample> = object<CycleSample>({
  ns_id: identifier,
  cluster_id: identifier,
  cycle_id: text,
  mode,
  began_at: timestamp,
  completed_at: timestamp,
  interval_seconds: count,
  revision: integer,
  spec_revision: integer,
  converged: flag,
  waits_for: list(text),
  observer: text,
  lease: nullable(object<NonNullable<CycleSample['lease']>>({ epoch: count, token: count, holder: text })),
  nodes: list(
    object<SampledNode>({
      node_id: text,
      node_status: nodeStatus,
      observed_at: timestamp,
      shards: list(
        object<SampledNode['shards'][number]>({
          shard_id: text,
          commit_offset: nullable(measure),
          lag: nullable(measure),
        }),
      ),
      error: optional(nullable(errorDocument)),
      volatile: attributes,
    }),
  ),
  flapping: optional(
    list(
      object<Restless>({
        of: text,
        present: text,
        since: timestamp,
        longest_pause_ms: count,
        changes: count,
      }),
    ),
  ),
});
