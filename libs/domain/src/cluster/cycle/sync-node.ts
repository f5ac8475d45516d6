import type { Attributes } from '../../model/attribute.js';
import type { Node, StoreExtras } from '../../model/node.js';
import type { NodeObservation } from '../../model/observation.js';
import { sameJson } from '@replicante/kernel';
import { attributeKey, storeAttribute } from '../state.js';
import type { Cycle } from './cycle.js';
import { flaps, staysFlapping } from './flapping-node.js';
import type { NodeReading } from './read-node.js';
import { readNode, unreachableNote } from './read-node.js';
import { syncNodeActions } from './sync-node-actions.js';
import { markShardsStale, syncShards } from './sync-shards.js';

const DEMOTE_AFTER_CHANGES = 5;
const DEMOTE_WINDOW_INTERVALS = 10;

interface Sorted {
  readonly stable: Attributes;
  readonly volatile: Attributes;
}

/** Splits facts from what changes too often to be one; demotes when it just became so (safety.md §12). */
function sortAttributes(
  cycle: Cycle,
  nodeId: string,
  attributes: Attributes,
  known: Attributes | undefined,
  nameOf: (name: string) => string,
): Sorted {
  const { state, nowMs } = cycle.recorder;
  const windowMs = DEMOTE_WINDOW_INTERVALS * cycle.spec.interval * 1000;
  const stable: [string, Attributes[string]][] = [];
  const volatile: [string, Attributes[string]][] = [];
  // Also those that were there and are not now: one that comes and goes changes as much.
  for (const name of new Set([...Object.keys(attributes), ...Object.keys(known ?? {})])) {
    const value = attributes[name];
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
    if (value === undefined) continue;
    if (state.demoted.has(key)) volatile.push([nameOf(name), value]);
    else stable.push([name, value]);
  }
  return { stable: Object.fromEntries(stable), volatile: Object.fromEntries(volatile) };
}

/** Appended only if it says something new of the node. */
function putNode(cycle: Cycle, node: Node, { quarantine, error }: NodeReading): void {
  const before = cycle.recorder.state.nodes.get(node.node_id);
  if (before && !before.flapping && before.quarantine === quarantine && sameJson(before.node, node)) return;
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

function putExtras(cycle: Cycle, nodeId: string, attributes: Attributes): void {
  const { ns_id, cluster_id } = cycle.spec;
  const extras: StoreExtras = { ns_id, cluster_id, node_id: nodeId, attributes, fresh: true };
  if (!sameJson(cycle.recorder.state.extras.get(nodeId), extras))
    cycle.recorder.emit({ type: 'cluster.StoreExtrasChanged.v1', data: { extras } });
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

/** Attributes of `info/node` and of `info/store`, each `null` when they were not had. */
function sorted(cycle: Cycle, nodeId: string, { details, store }: NodeReading) {
  const { nodes, extras } = cycle.recorder.state;
  const known = nodes.get(nodeId)?.node.details?.attributes;
  return {
    node: details && sortAttributes(cycle, nodeId, details.attributes, known, name => name),
    store: store && sortAttributes(cycle, nodeId, store, extras.get(nodeId)?.attributes, storeAttribute),
  };
}

/** What was read becomes the record, as far as it differs. */
function record(
  cycle: Cycle,
  nodeId: string,
  reading: NodeReading,
  attributes: ReturnType<typeof sorted>,
): void {
  const { ns_id, cluster_id } = cycle.spec;
  const { details, shards, status } = reading;
  const node: Node = {
    ns_id,
    cluster_id,
    node_id: nodeId,
    details: details && { ...details, attributes: attributes.node?.stable ?? {} },
    node_status: status,
  };
  putNode(cycle, node, reading);
  if (attributes.store) putExtras(cycle, nodeId, attributes.store.stable);
  else markExtrasStale(cycle, nodeId);
  if (shards) syncShards(cycle, nodeId, shards);
  else markShardsStale(cycle, nodeId);
  cycle.notes.push(...reading.notes);
}

/**
 * A node that was not polled is left as it was. An agent that is silent is asked less often: its note stands meanwhile,
 * or the report would change each time that it is asked and each time that it is not.
 */
function carryOver(cycle: Cycle, { node_id, node }: NodeObservation): void {
  const record = cycle.recorder.state.nodes.get(node_id);
  if (node.ok || !record) return;
  if (record.flapping) return staysFlapping(cycle, node_id, node.error);
  if (record.node.node_status === 'UNREACHABLE') cycle.notes.push(unreachableNote(node_id, node.error));
}

/**
 * What one node's answers change in the record (domain-reference §9.4). One bad node never stops the others. A node
 * that was not polled is left as it was.
 */
export function syncNode(cycle: Cycle, seen: NodeObservation): void {
  const nodeId = seen.node_id;
  const reading = readNode(cycle, seen);
  if (!reading) return carryOver(cycle, seen);
  cycle.present.set(nodeId, reading);
  // First: what becomes a sample now is no change of the node any more.
  const attributes = sorted(cycle, nodeId, reading);
  if (flaps(cycle, nodeId, reading)) {
    markExtrasStale(cycle, nodeId);
    markShardsStale(cycle, nodeId);
  } else record(cycle, nodeId, reading, attributes);
  if (reading.details)
    cycle.samples.set(nodeId, {
      volatile: { ...attributes.node?.volatile, ...attributes.store?.volatile },
      shards: (reading.shards ?? []).map(({ shard_id, commit_offset, lag }) => ({
        shard_id,
        commit_offset,
        lag,
      })),
    });
  const trusted = reading.quarantine === null && !cycle.recorder.state.nodes.get(nodeId)?.quarantine;
  if (seen.node.ok && trusted) syncNodeActions(cycle, seen);
}
