import type { ClusterSpec } from '../../model/cluster-spec.js';
import type { CycleObservation, NodeObservation } from '../../model/observation.js';
import type { OrchestrateMode, ReportNote } from '../../model/report.js';
import type { Attributes } from '../../model/attribute.js';
import type { Measure } from '../../model/shard.js';
import type { ClusterContext } from '../context.js';
import type { Recorder } from '../recorder.js';
import type { Instruction } from '../commands.js';
import type { NodeReading } from './read-node.js';

/** One cycle being decided: what it saw, what it has recorded so far, and what it will ask of the worker. */
export interface Cycle {
  readonly spec: ClusterSpec;
  readonly specRevision: number;
  readonly mode: OrchestrateMode;
  readonly observation: CycleObservation;
  readonly context: ClusterContext;
  readonly recorder: Recorder;
  readonly actWithinMs: number;
  /** By node id; absent or `not_polled`: nothing was seen of it. */
  readonly seen: ReadonlyMap<string, NodeObservation>;
  /** By node id: what its answers say of it now, whatever the record says. */
  readonly present: Map<string, NodeReading>;
  readonly notes: ReportNote[];
  readonly instructions: Instruction[];
  /** Per node: what is too volatile to be a fact. */
  readonly samples: Map<string, NodeSample>;
  /** Nodes whose actions could be read in this cycle: only these are sent new ones. */
  readonly actionsKnown: Set<string>;
}

export interface NodeSample {
  readonly volatile: Attributes;
  readonly shards: readonly {
    readonly shard_id: string;
    readonly commit_offset: Measure | null;
    readonly lag: Measure | null;
  }[];
}

/** When no effect may begin any more, by command's clock. */
export const notAfter = (cycle: Cycle): string =>
  new Date(cycle.recorder.nowMs + cycle.actWithinMs).toISOString();
