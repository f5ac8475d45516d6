import type { Attributes } from '../model/attribute.js';
import type { NodeStatus } from '../model/node.js';
import type { Restless } from '../model/observation.js';
import type { ErrorDocument, OrchestrateMode } from '../model/report.js';
import type { Measure } from '../model/shard.js';

/**
 * The latest completed cycle of a cluster: kept only as the newest value with its age (architecture.md §3).
 * On the bus: topic `replicante.samples`, key `<ns>:<cluster>`, compacted.
 */
export interface CycleSample {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly cycle_id: string;
  readonly mode: OrchestrateMode;
  /** RFC 3339 by command's clock. */
  readonly began_at: string;
  readonly completed_at: string;
  readonly interval_seconds: number;
  /** Stream revision after this cycle. */
  readonly revision: number;
  /** `observedSpecRevision`: the spec that this cycle began with. */
  readonly spec_revision: number;
  readonly converged: boolean;
  /** What convergence waits for, for people. */
  readonly waits_for: readonly string[];
  readonly observer: string;
  readonly lease: { readonly epoch: number; readonly token: number; readonly holder: string } | null;
  readonly nodes: readonly {
    readonly node_id: string;
    /** As it is now, also while it flaps. */
    readonly node_status: NodeStatus;
    readonly observed_at: string;
    readonly shards: readonly {
      readonly shard_id: string;
      readonly commit_offset: Measure | null;
      readonly lag: Measure | null;
    }[];
    /** Why the answers were not had, or not all of them; `null` when nothing is wrong with them. */
    readonly error?: ErrorDocument | null;
    /** Attributes that change too often to be facts. */
    readonly volatile: Attributes;
  }[];
  /** What flaps, for the next cycle to tell when it rests. */
  readonly flapping?: readonly Restless[];
}
