import type { Attributes } from '../../model/attribute.js';
import type { Node, NodeStatus, StoreExtras } from '../../model/node.js';
import type { AgentNode, NodeObservation } from '../../model/observation.js';
import type { ErrorDocument } from '../../model/report.js';
import { sameJson } from '@replicante/kernel';
import { attributeKey, storeAttribute } from '../state.js';
import type { Cycle, NodeSample } from './cycle.js';
import { syncNodeActions } from './sync-node-actions.js';
import { markShardsStale, syncShards } from './sync-shards.js';

const DEMOTE_AFTER_CHANGES = 5;
const DEMOTE_WINDOW_INTERVALS = 10;

/** Splits facts from what changes too often to be one; demotes when it just became so (safety.md §12). */
function facts(
  cycle: Cycle,
  nodeId: string,
  attributes: Attributes,
  known: Attributes | undefined,
  nameOf: (name: string) => string = name => name,
): { stable: Attributes; volatile: Attributes } {
  const { state, nowMs } = cycle.recorder;
  const windowMs = DEMOTE_WINDOW_INTERVALS * cycle.spec.interval * 1000;
  const stable: Record<string, Attributes[string]> = {};
  const volatile: Record<string, Attributes[string]> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const key = attributeKey(nodeId, nameOf(name));
    const recent = (state.attributeChanges.get(key) ?? []).filter(at => nowMs - Date.parse(at) <= windowMs);
    const changesAgain =
      known !== undefined && known[name] !== value && recent.length >= DEMOTE_AFTER_CHANGES;
    if (changesAgain && !state.demoted.has(key))
      cycle.recorder.emit({
        type: 'cluster.AttributeDemoted.v1',
        data: {
          ns_id: cycle.spec.ns_id,
          cluster_id: cycle.spec.cluster_id,
          node_id: nodeId,
          attribute: nameOf(name),
        },
      });
    if (state.demoted.has(key)) volatile[nameOf(name)] = value;
    else stable[name] = value;
  }
  return { stable, volatile };
}

/** Why this answer is not the recorded node's; `null` when it is (safety.md §5). */
function identityFault(cycle: Cycle, seen: NodeObservation, answered: AgentNode): string | null {
  if (answered.node_id !== seen.node_id)
    return `the agent at the address of '${seen.node_id}' answers as node '${answered.node_id}'`;
  const { identity, nodes } = cycle.recorder.state;
  if (identity === null) return null;
  // Cannot be told now: a quarantine stands until an answer lifts it.
  if (!seen.store.ok) return nodes.get(seen.node_id)?.quarantine ?? null;
  const { cluster_id, attributes } = seen.store.value;
  if (cluster_id !== identity.store_cluster_id)
    return `the store says cluster '${cluster_id}', the record says '${identity.store_cluster_id}'`;
  const actual = attributes['store_identity'];
  if (identity.store_identity !== null && actual !== undefined && actual !== null)
    if (String(actual) !== identity.store_identity)
      return `the data has identity ${String(actual)}, the cluster has ${identity.store_identity}`;
  return null;
}

function putNode(cycle: Cycle, node: Node, quarantine: string | null, error: ErrorDocument | null): void {
  const before = cycle.recorder.state.nodes.get(node.node_id);
  if (before && before.quarantine === quarantine && sameJson(before.node, node)) return;
  cycle.recorder.emit({
    type: 'cluster.NodeChanged.v1',
    data: {
      node,
      before_status: before?.node.node_status ?? null,
      quarantine,
      error,
      observer: cycle.observation.observer,
    },
  });
}

/** Answers what is too volatile to be a fact. */
function putExtras(cycle: Cycle, nodeId: string, attributes: Attributes): Attributes {
  const known = cycle.recorder.state.extras.get(nodeId);
  const { stable, volatile } = facts(cycle, nodeId, attributes, known?.attributes, storeAttribute);
  const extras: StoreExtras = {
    ns_id: cycle.spec.ns_id,
    cluster_id: cycle.spec.cluster_id,
    node_id: nodeId,
    attributes: stable,
    fresh: true,
  };
  if (!sameJson(known, extras))
    cycle.recorder.emit({ type: 'cluster.StoreExtrasChanged.v1', data: { extras } });
  return volatile;
}

/** One write and event only: what is stale already is carried over silently. */
function markExtrasStale(cycle: Cycle, nodeId: string): void {
  const extras = cycle.recorder.state.extras.get(nodeId);
  if (extras?.fresh)
    cycle.recorder.emit({
      type: 'cluster.StoreExtrasChanged.v1',
      data: { extras: { ...extras, fresh: false } },
    });
}

const note = (cycle: Cycle, message: string, nodeId: string, details: ErrorDocument): void => {
  cycle.notes.push({ category: 'Error', message, data: { node_id: nodeId, details: { ...details } } });
};

function unreachable(cycle: Cycle, nodeId: string, error: ErrorDocument): void {
  const { ns_id, cluster_id } = cycle.spec;
  const status: NodeStatus = 'UNREACHABLE';
  const quarantine = cycle.recorder.state.nodes.get(nodeId)?.quarantine ?? null;
  putNode(
    cycle,
    { ns_id, cluster_id, node_id: nodeId, details: null, node_status: status },
    quarantine,
    error,
  );
  note(cycle, 'Node processing interrupted early', nodeId, error);
  markExtrasStale(cycle, nodeId);
  markShardsStale(cycle, nodeId);
}

/** Another node's answer harms only this node's view: nothing of it is kept but the fact. */
function strange(cycle: Cycle, nodeId: string, fault: string): void {
  const { ns_id, cluster_id } = cycle.spec;
  putNode(
    cycle,
    { ns_id, cluster_id, node_id: nodeId, details: null, node_status: { UNKNOWN: 'IDENTITY_MISMATCH' } },
    fault,
    { error_msg: fault },
  );
  note(cycle, 'Node is not the node of the record', nodeId, { error_msg: fault });
  markExtrasStale(cycle, nodeId);
  markShardsStale(cycle, nodeId);
}

function recordIdentity(cycle: Cycle, seen: NodeObservation, status: NodeStatus): void {
  if (status !== 'HEALTHY' || cycle.recorder.state.identity !== null || !seen.store.ok) return;
  const actual = seen.store.value.attributes['store_identity'];
  cycle.recorder.emit({
    type: 'cluster.StoreIdentityRecorded.v1',
    data: {
      ns_id: cycle.spec.ns_id,
      cluster_id: cycle.spec.cluster_id,
      node_id: seen.node_id,
      store_cluster_id: seen.store.value.cluster_id,
      store_identity: actual === undefined || actual === null ? null : String(actual),
    },
  });
}

/**
 * What one node's answers change in the record (domain-reference §9.4). One bad node never stops the others. A node
 * that was not polled is left as it was: that is neither "down" nor "did not answer".
 */
export function syncNode(cycle: Cycle, seen: NodeObservation): void {
  const nodeId = seen.node_id;
  if (!seen.node.ok) {
    if (seen.node.kind !== 'not_polled') unreachable(cycle, nodeId, seen.node.error);
    return;
  }
  const answered = seen.node.value;
  const fault = identityFault(cycle, seen, answered);
  if (fault !== null) return strange(cycle, nodeId, fault);

  const complete = seen.store.ok && seen.shards.ok;
  const status: NodeStatus =
    answered.node_status === 'HEALTHY' && !complete ? 'INCOMPLETE' : answered.node_status;
  const { stable, volatile } = facts(
    cycle,
    nodeId,
    answered.attributes,
    cycle.recorder.state.nodes.get(nodeId)?.node.details?.attributes,
  );
  putNode(
    cycle,
    {
      ns_id: cycle.spec.ns_id,
      cluster_id: cycle.spec.cluster_id,
      node_id: nodeId,
      details: {
        address: answered.address,
        agent_version: answered.agent_version,
        attributes: stable,
        store_id: answered.store_id,
        store_version: answered.store_version,
      },
      node_status: status,
    },
    null,
    null,
  );
  recordIdentity(cycle, seen, status);

  let storeVolatile: Attributes = {};
  if (seen.store.ok) storeVolatile = putExtras(cycle, nodeId, seen.store.value.attributes);
  else {
    note(cycle, 'Skipped sync of Store Info for node', nodeId, seen.store.error);
    markExtrasStale(cycle, nodeId);
  }
  const sample: NodeSample = {
    volatile: { ...volatile, ...storeVolatile },
    shards: seen.shards.ok ? syncShards(cycle, nodeId, seen.shards.value) : [],
  };
  if (!seen.shards.ok) {
    note(cycle, 'Skipped sync of Shards Info for node', nodeId, seen.shards.error);
    markShardsStale(cycle, nodeId);
  }
  cycle.samples.set(nodeId, sample);
  syncNodeActions(cycle, seen);
}
