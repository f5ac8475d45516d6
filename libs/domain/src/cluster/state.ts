import type { LeaseClaim } from '@replicante/kernel';
import type {
  NodeAction,
  NodeActionPhase,
  OrchestratorAction,
  OrchestratorActionState,
} from '../model/action.js';
import type { ClusterSpec } from '../model/cluster-spec.js';
import type { DecisionOutcome } from '../model/decision.js';
import type { ClusterDiscovery, DiscoveredNode, Node, StoreExtras } from '../model/node.js';
import type { PlatformRef } from '../model/platform.js';
import type { ErrorDocument } from '../model/report.js';
import type { Shard } from '../model/shard.js';
import type { Changes } from './flapping.js';

/** `revision` is the stream revision of the event that set it: "spec revision" everywhere. */
export type SpecState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'declared' | 'synthetic';
      readonly spec: ClusterSpec;
      readonly revision: number;
    }
  | { readonly status: 'deleted'; readonly revision: number };

/** A node that exists for every rule: shown by the platform, or missing and not yet gone (safety.md §4). */
export interface Member {
  readonly discovered: DiscoveredNode;
  readonly absent: { readonly absences: number; readonly since: string } | null;
}

export interface NodeRecord {
  readonly node: Node;
  readonly quarantine: string | null;
  /** NodeFlapping stands for its single changes: the record rests until the node does. */
  readonly flapping: boolean;
}

/** The last attempt to put an action on its agent. */
export interface Dispatch {
  readonly attempt_id: string;
  readonly attempt: number;
  readonly not_after: string;
  /** `open`: nothing is known of it yet. */
  readonly outcome: 'open' | 'failed';
}

export interface OpenNodeAction {
  readonly action: NodeAction;
  /** When its record last changed: progress alone is recorded now and then, not per poll. */
  readonly recorded_at: string;
  readonly dispatch: Dispatch | null;
  /** Made on the agent, or given up by Core and listed by the agent again. */
  readonly imported: boolean;
}

/** Enough to refuse a second finish or the reuse of an id. */
export interface FinishedAction {
  readonly phase: NodeActionPhase | OrchestratorActionState;
  /** The agent may still hold what Core gave up on: then it wins. */
  readonly importable: boolean;
  readonly at: string;
}

export interface ProvisionAttempt {
  readonly attempt_id: string;
  readonly action_id: string;
  readonly node_group_id: string;
  /** The platform that was asked: no other can tell what became of it, nor be asked under its key. */
  readonly platform: PlatformRef;
  /** How often it was asked under this id. After the second no single word of "not done" speaks for all of them. */
  readonly asks: number;
  readonly not_after: string;
  readonly outcome:
    'open' | 'accepted' | 'refused' | 'unknown' | 'shown' | 'not_shown' | 'settled_by_operator';
  readonly count: number | null;
  readonly error: ErrorDocument | null;
}

/** The latest decision of one (rule, subject), as far as equality and convergence need it. */
export interface LatestDecision {
  readonly rule: string;
  readonly rule_version: number;
  readonly subject: string;
  readonly outcome: DecisionOutcome;
  readonly reason: string;
  readonly spec_revision: number;
  readonly waits_on: readonly string[];
  readonly settled: boolean;
  /** Times and reasons of the newest changes since it last acted or the spec changed, oldest first, at most 7: tells flapping. */
  readonly changes: readonly { readonly at: string; readonly reason: string }[];
  /** Since when DecisionFlapping stands for the single decisions. */
  readonly flapping_since: string | null;
}

export interface ClusterState {
  readonly spec: SpecState;
  readonly platform: PlatformRef | null;
  readonly discovery: ClusterDiscovery | null;
  /** In the platform's order, missing ones last. */
  readonly members: ReadonlyMap<string, Member>;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  readonly extras: ReadonlyMap<string, StoreExtras>;
  readonly shards: ReadonlyMap<string, readonly Shard[]>;
  /** Node id → when its facts changed lately, values of attributes apart: tells flapping. */
  readonly nodeChanges: ReadonlyMap<string, Changes>;
  /** `<node> <attribute>` → when it changed lately, oldest first, at most 6. */
  readonly attributeChanges: ReadonlyMap<string, readonly string[]>;
  /** `<node> <attribute>`: samples by now, no facts. */
  readonly demoted: ReadonlySet<string>;
  readonly identity: { readonly store_cluster_id: string; readonly store_identity: string | null } | null;
  /** Action that cluster.init was dispatched with; `null` before, and after a reinitialisation was allowed. */
  readonly initAction: string | null;
  /** Some node was seen as a member. */
  readonly everMember: boolean;
  /** Node last seen with a primary shard: no rule ever replaces or removes it (safety.md §6). */
  readonly lastPrimary: string | null;
  /** By action id, unfinished. */
  readonly nodeActions: ReadonlyMap<string, OpenNodeAction>;
  readonly orchestratorActions: ReadonlyMap<string, OrchestratorAction>;
  /** Node id → imported actions that its agent later denied to have, since one of them ended properly. */
  readonly denials: ReadonlyMap<string, number>;
  /** In the order in which they finished; not for ever (`finished-actions.ts`). */
  readonly finishedActions: ReadonlyMap<string, FinishedAction>;
  /** By attempt id; forgotten when its action has finished and its outcome is known. */
  readonly provisions: ReadonlyMap<string, ProvisionAttempt>;
  /** Rule id → when its grace began. The start is kept, never the expiry. */
  readonly graces: ReadonlyMap<string, string>;
  /** `<rule> <subject>` → failures in a row of the actions it created. */
  readonly failures: ReadonlyMap<string, number>;
  /** `<rule> <subject>` whose action a person rejected: not proposed again until the spec changes or somebody retries. */
  readonly rejected: ReadonlySet<string>;
  /** `<rule> <subject>` → */
  readonly decisions: ReadonlyMap<string, LatestDecision>;
  /** By `work`. */
  readonly leases: ReadonlyMap<string, LeaseClaim>;
  /** Mode and note keys of the last report. */
  readonly reportKeys: string | null;
  readonly convergence: { readonly converged: boolean; readonly spec_revision: number } | null;
}

export const initialCluster: ClusterState = {
  spec: { status: 'absent' },
  platform: null,
  discovery: null,
  members: new Map(),
  nodes: new Map(),
  extras: new Map(),
  shards: new Map(),
  nodeChanges: new Map(),
  attributeChanges: new Map(),
  demoted: new Set(),
  identity: null,
  initAction: null,
  everMember: false,
  lastPrimary: null,
  nodeActions: new Map(),
  orchestratorActions: new Map(),
  denials: new Map(),
  finishedActions: new Map(),
  provisions: new Map(),
  graces: new Map(),
  failures: new Map(),
  rejected: new Set(),
  decisions: new Map(),
  leases: new Map(),
  reportKeys: null,
  convergence: null,
};

export const ruleKey = (rule: string, subject: string): string => `${rule} ${subject}`;
/** Name under which an attribute of `info/store` is counted and demoted, apart from those of `info/node`. */
export const storeAttribute = (name: string): string => `store:${name}`;
export const attributeKey = (node: string, attribute: string): string => `${node} ${attribute}`;
