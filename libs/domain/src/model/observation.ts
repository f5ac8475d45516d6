import type { Json } from '@replicante/kernel';
import type { Attributes } from './attribute.js';
import type { AgentVersion, NodeAddress, NodeStatus, StoreVersion } from './node.js';
import type { ErrorDocument } from './report.js';
import type { Measure, ShardRole } from './shard.js';

/** What an agent answered, decoded (domain-reference §5.2), or why there is no answer. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** `not_polled` is neither "down" nor "did not answer": the worker never asked (lease or time ran out). */
      readonly kind: 'unreachable' | 'timeout' | 'refused' | 'invalid' | 'not_polled';
      readonly error: ErrorDocument;
    };

export interface AgentNode {
  readonly address: NodeAddress;
  readonly agent_version: AgentVersion;
  readonly attributes: Attributes;
  readonly node_id: string;
  readonly node_status: NodeStatus;
  readonly store_id: string;
  readonly store_version: StoreVersion;
}

/** `attributes.store_identity` (ours, optional) is the identity of the data itself: PostgreSQL's system identifier. */
export interface AgentStoreInfo {
  readonly cluster_id: string;
  readonly attributes: Attributes;
}

export interface AgentShard {
  readonly id: string;
  readonly role: ShardRole;
  readonly commit_offset: Measure | null;
  readonly lag: Measure | null;
}

export interface AgentActionExecution {
  readonly args: Json;
  readonly created_time: string;
  readonly finished_time: string | null;
  readonly id: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly scheduled_time: string;
  readonly state: {
    readonly error: Json;
    readonly payload: Json;
    readonly phase: 'NEW' | 'RUNNING' | 'DONE' | 'FAILED';
  };
}

/** One action that the worker asked the agent about: its record, or the agent's word that it has none (404). */
export type ActionAnswer = Answer<AgentActionExecution | 'absent'>;

export interface NodeObservation {
  readonly node_id: string;
  /** Milliseconds since the answers were had, by the observer's monotonic clock, when sent (safety.md §11). */
  readonly age_ms: number;
  readonly node: Answer<AgentNode>;
  readonly store: Answer<AgentStoreInfo>;
  readonly shards: Answer<readonly AgentShard[]>;
  /** Queue is read before finished, so that an action finishing in between is in at least one (domain-reference §7.3). */
  readonly queue: Answer<readonly string[]>;
  readonly finished: Answer<readonly string[]>;
  /** By action id: everything queued, finished and unfinished here, or unfinished here and in neither list. */
  readonly actions: Readonly<Record<string, ActionAnswer>>;
}

/**
 * What the cycles remember of something that flaps: nothing is appended about it, so it travels with the sample to the
 * worker and back with its next observation. Memory, no fact: it tells when something rests, nothing else.
 */
export interface Restless {
  /** `node <id>` or `decision <rule> <subject>`. */
  readonly of: string;
  /** Digest of how it is now. */
  readonly present: string;
  /** RFC 3339 by command's clock: since when it is so. */
  readonly since: string;
  /** The longest that it stayed the same while it flapped. */
  readonly longest_pause_ms: number;
  /** Changes since flapping was said. */
  readonly changes: number;
}

/** Calls to platforms that this worker has begun and has no answer to yet. No task waits for them. */
export interface AwaitedCalls {
  /** Attempts of this cluster: not asked again, and not unknown, for as long as their answer is awaited. */
  readonly awaited: readonly string[];
  /** `base_url` of each platform that holds as many calls of this worker as it may: no further one would be sent. */
  readonly busy: readonly string[];
}

/** What one cycle saw. Nodes in the order of the plan. */
export interface CycleObservation {
  readonly cycle_id: string;
  /** Worker that looked, for facts' `observer`. */
  readonly observer: string;
  /** `spec_revision` of the plan that this cycle began with. */
  readonly spec_revision: number;
  /** Milliseconds since BeginCycle was answered, when sent. */
  readonly cycle_age_ms: number;
  readonly nodes: readonly NodeObservation[];
  /** `flapping` of the sample that this worker was answered last; absent: it has not seen this cluster before. */
  readonly flapping?: readonly Restless[];
  /** Absent: none. */
  readonly platform_calls?: AwaitedCalls;
}

/** What one discovery saw. */
export interface PlatformObservation {
  readonly discovery_id: string;
  readonly observer: string;
  /** Milliseconds since the request was sent, when submitted. */
  readonly age_ms: number;
  /**
   * Milliseconds for which this observer has had the same answer, by its monotonic clock; absent or 0: it differs from
   * the one before, or there was none. Tells when a platform that flaps has come to rest.
   */
  readonly same_for_ms?: number;
  /** The platform says that a repeated idempotency key has one effect. */
  readonly idempotency_keys: boolean;
  readonly answer: Answer<readonly ObservedCluster[]>;
  /**
   * Clusters that the answer names but whose nodes cannot be read; `null`: one whose name cannot be read either. What
   * is known of them stays as it is: unreadable is not absent.
   */
  readonly unreadable: readonly (string | null)[];
}

export interface ObservedCluster {
  readonly cluster_id: string;
  readonly nodes: readonly {
    readonly agent_address: string;
    readonly node_class: string;
    readonly node_id: string;
    readonly node_group: string | null;
  }[];
}
