import type { Attributes } from '../../model/attribute.js';
import type { NodeDetails, NodeStatus } from '../../model/node.js';
import type { AgentNode, AgentShard, Answer, NodeObservation } from '../../model/observation.js';
import type { ErrorDocument, ReportNote } from '../../model/report.js';
import type { Shard } from '../../model/shard.js';
import type { Cycle } from './cycle.js';
import { actionNotes } from './sync-node-actions.js';

/** What one node's answers say of it in this cycle, before any of it becomes a fact. */
export interface NodeReading {
  readonly status: NodeStatus;
  /** `null`: none were had; the record keeps none either. */
  readonly details: NodeDetails | null;
  /** Why it is not the node of the record (safety.md §5). */
  readonly quarantine: string | null;
  /** What is wrong with the answers, as a sentence that names the endpoint. */
  readonly error: ErrorDocument | null;
  /** `null`: not had; the last known ones are stale. */
  readonly store: Attributes | null;
  readonly shards: readonly Shard[] | null;
  readonly notes: readonly ReportNote[];
}

const note = (message: string, nodeId: string, details: ErrorDocument): ReportNote => ({
  category: 'Error',
  message,
  data: { node_id: nodeId, details: { ...details } },
});

/** What was not asked for is no fault of the agent. */
const skipped = (message: string, nodeId: string, answer: Answer<unknown>): readonly ReportNote[] =>
  answer.ok || answer.kind === 'not_polled' ? [] : [note(message, nodeId, answer.error)];

export const unreachableNote = (nodeId: string, error: ErrorDocument): ReportNote =>
  note('Node processing interrupted early', nodeId, error);

export const identityOf = (attributes: Attributes): string | null => {
  const identity = attributes['store_identity'];
  return identity === undefined || identity === null ? null : String(identity);
};

const HAS_NO_DATA: ReadonlySet<unknown> = new Set(['NOT_IN_CLUSTER', 'JOINING_CLUSTER']);

/** Why this answer is not the recorded node's; `null` when it is (safety.md §5). */
function identityFault(cycle: Cycle, seen: NodeObservation, answered: AgentNode): string | null {
  if (answered.node_id !== seen.node_id)
    return `the agent at the address of '${seen.node_id}' answers as node '${answered.node_id}'`;
  const { identity, nodes } = cycle.recorder.state;
  if (identity === null) return null;
  // Cannot be told now: a quarantine stands until an answer lifts it.
  const untold = nodes.get(seen.node_id)?.quarantine ?? null;
  if (!seen.store.ok) return untold;
  const { cluster_id, attributes } = seen.store.value;
  if (cluster_id !== identity.store_cluster_id)
    return `the store says cluster '${cluster_id}', the record says '${identity.store_cluster_id}'`;
  const actual = identityOf(attributes);
  if (identity.store_identity === null) return null;
  // Without data there is nothing to tell.
  if (actual === null) return HAS_NO_DATA.has(answered.node_status) ? null : untold;
  return actual === identity.store_identity
    ? null
    : `the data has identity ${actual}, the cluster has ${identity.store_identity}`;
}

/** What keeps a node that says HEALTHY from being counted as that; the first one found. */
function incomplete(cycle: Cycle, { store, shards }: NodeObservation): ErrorDocument | null {
  if (!store.ok) return store.error;
  if (!shards.ok) return shards.error;
  const { identity } = cycle.recorder.state;
  // Nobody can tell whose data it has: not accused, and not counted either (safety.md §5).
  if (identity !== null && identity.store_identity !== null && identityOf(store.value.attributes) === null)
    return {
      error_msg: 'info/store: attribute store_identity is missing: it cannot be told whose data this is',
    };
  return null;
}

const shardsOf = (cycle: Cycle, nodeId: string, reported: Answer<readonly AgentShard[]>) =>
  reported.ok
    ? reported.value.map((s): Shard => ({
        ns_id: cycle.spec.ns_id,
        cluster_id: cycle.spec.cluster_id,
        node_id: nodeId,
        shard_id: s.id,
        commit_offset: s.commit_offset,
        fresh: true,
        lag: s.lag,
        role: s.role,
      }))
    : null;

const nothing = { details: null, store: null, shards: null } as const;

/** `null`: the node was not polled, which is neither "down" nor "did not answer". */
export function readNode(cycle: Cycle, seen: NodeObservation): NodeReading | null {
  const id = seen.node_id;
  if (!seen.node.ok) {
    if (seen.node.kind === 'not_polled') return null;
    const { error } = seen.node;
    const quarantine = cycle.recorder.state.nodes.get(id)?.quarantine ?? null;
    const notes = [unreachableNote(id, error)];
    return { ...nothing, status: 'UNREACHABLE', quarantine, error, notes };
  }
  const answered = seen.node.value;
  const fault = identityFault(cycle, seen, answered);
  // Another node's answer harms only this node's view: nothing of it is kept but the fact.
  if (fault !== null) {
    const error = { error_msg: fault };
    const notes = [note('Node is not the node of the record', id, error)];
    return { ...nothing, status: { UNKNOWN: 'IDENTITY_MISMATCH' }, quarantine: fault, error, notes };
  }
  const missing = answered.node_status === 'HEALTHY' ? incomplete(cycle, seen) : null;
  const { address, agent_version, attributes, store_id, store_version } = answered;
  return {
    status: missing ? 'INCOMPLETE' : answered.node_status,
    details: { address, agent_version, attributes, store_id, store_version },
    quarantine: null,
    error:
      missing ?? (seen.store.ok ? null : seen.store.error) ?? (seen.shards.ok ? null : seen.shards.error),
    store: seen.store.ok ? seen.store.value.attributes : null,
    shards: shardsOf(cycle, id, seen.shards),
    notes: [
      ...skipped('Skipped sync of Store Info for node', id, seen.store),
      ...skipped('Skipped sync of Shards Info for node', id, seen.shards),
      ...(missing && seen.store.ok && seen.shards.ok
        ? [note('Store identity of node is missing', id, missing)]
        : []),
      ...actionNotes(cycle, seen),
    ],
  };
}
