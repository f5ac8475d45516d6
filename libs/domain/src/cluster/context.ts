import type { NamespaceState } from '../namespace/state.js';
import type { PlatformState } from '../platform/state.js';

/**
 * What a cluster's decision reads beside its own stream: folds whose heads were read for this decision, not a read
 * model and not a cache without a tail read (safety.md §8). Pure: both functions depend on the command id alone.
 */
export interface ClusterContext {
  /** Of the cluster's own stream, as folded; -1: absent. */
  readonly revision: number;
  readonly namespace: NamespaceState;
  /** -1: absent. */
  readonly namespaceRevision: number;
  /** Of the spec's platform; `null` when the spec names none. */
  readonly platform: PlatformState | null;
  readonly platformRevision: number | null;
  /** A UUID for a name, the same on every retry of the command. */
  readonly deriveId: (name: string) => string;
  /** Id that the event at this index of the decision will have. */
  readonly eventId: (index: number) => string;
}
